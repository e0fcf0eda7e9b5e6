// Machine sensors: every machine has its own usual temperature, so a reading says little, and its distance from that much. Run it with:
//   node --conditions=tocsin-source examples/machine-sensors.ts

import { dice, streamed } from './streamed.ts'

await streamed(readings(), {
  detector: 'machines',
  events: { id: 'reading_id', time: 'time', label: 'failing', entity: 'machine_id' },
  model: { maxTrees: 100 },
  operatingPoint: { alertsPerDay: 20 },
  features: {
    called: 'reading',
    windows: [
      {
        over: 'machine_id',
        windows: ['1h', '6h', '7d'],
        aggregate: ['mean(temperature)', 'std(vibration)', 'max(vibration)'],
        usual: ['temperature', 'vibration'],
      },
    ],
    expressions: { warming: 'machine_id_mean_temperature_1h - machine_id_mean_temperature_7d' },
  },
})

/** Fifteen days of thirty machines, a reading every twenty minutes; now and then one warms up and shakes for two hours. */
function* readings() {
  const random = dice(7)
  const noise = () => random() + random() + random() - 1.5
  const machines = Array.from({ length: 30 }, () => ({
    usual: 40 + 40 * random(),
    shake: 1 + 2 * random(),
    failsUntil: 0,
  }))
  const start = Date.parse('2026-03-01T00:00:00Z')
  let number = 0
  for (let time = start; time < start + 15 * 86_400_000; time += 20 * 60_000)
    for (const [place, machine] of machines.entries()) {
      if (machine.failsUntil <= time && random() < 0.003) machine.failsUntil = time + 2 * 3_600_000
      const isFailing = machine.failsUntil > time
      yield {
        reading_id: `r${number++}`,
        time: new Date(time + place * 1000).toISOString(),
        machine_id: `M${place}`,
        temperature: Number((machine.usual + 2 * noise() + (isFailing ? 6 : 0)).toFixed(1)),
        vibration: Number((machine.shake * (1 + 0.2 * noise()) * (isFailing ? 1.5 : 1)).toFixed(2)),
        failing: Number(isFailing),
      }
    }
}
