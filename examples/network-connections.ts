// Network connections: one connection of a scan looks like any other; hundreds to different hosts within a minute do not. Run it with:
//   node --conditions=tocsin-source examples/network-connections.ts

import { dice, streamed } from './streamed.ts'

await streamed(connections(), {
  detector: 'network',
  events: { id: 'connection_id', time: 'time', label: 'attack', entity: 'source' },
  model: { maxTrees: 100 },
  operatingPoint: { alertsPerDay: 50 },
  features: {
    called: 'connection',
    columns: ['bytes', 'port'],
    windows: [
      {
        over: 'source',
        called: 'source',
        windows: ['1m', '10m', '1d'],
        aggregate: ['count', 'distinct(target)', 'mean(bytes)', 'timeSinceLast'],
      },
      { over: ['source', 'target'], called: 'pair of hosts', windows: ['7d'], aggregate: ['count', 'isFirst'] },
      { over: 'target', windows: ['10m'], aggregate: ['distinct(source)'] },
    ],
  },
})

/** Ten days of sixty hosts that talk to their own few servers; now and then one of them tries the whole network for a minute. */
function* connections() {
  const random = dice(11)
  const below = (count: number) => Math.floor(random() * count)
  const ports = [443, 80, 22, 5432]
  const start = Date.parse('2026-03-01T00:00:00Z')
  let number = 0
  const connection = (time: number, source: number, target: number, attack: 0 | 1) => ({
    connection_id: `n${number++}`,
    time: new Date(time).toISOString(),
    source: `10.0.0.${source}`,
    target: `10.0.1.${target}`,
    port: ports[below(ports.length)]!,
    bytes: Math.round(200 * Math.exp(3 * random())),
    attack,
  })
  for (let time = start; time < start + 10 * 86_400_000; time += 1000 * below(90)) {
    const source = below(60)
    if (random() > 0.002) yield connection(time, source, (source + below(4)) % 200, 0)
    else
      for (let probe = 0; probe < 20; probe++) {
        time += 200 + below(2000)
        yield connection(time, source, below(200), 1)
      }
  }
}
