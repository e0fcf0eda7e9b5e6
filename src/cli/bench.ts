// `tocsin bench`: this machine in, what it can do out.

import { cpus } from 'node:os'
import { benchMachine, type Latency } from '../app/bench.ts'
import { type Command, jsonOption, text, wholeNumber } from './command.ts'
import { table } from './terminal.ts'

const usualRates = [1000, 2000, 5000, 10_000, 20_000, 40_000, 60_000, 80_000, 100_000]

export const bench: Command = {
  summary: 'measure this machine: events a second, end to end, at fixed arrival rates',
  usage: '',
  options: {
    seconds: { type: 'string', value: 'n', description: 'how long each rate is held', default: '5' },
    rate: { type: 'string', value: 'n', description: 'only this rate, events a second' },
    json: jsonOption,
  },
  maxPositionals: 0,
  async run(input) {
    const { values, terminal, signal } = input
    const given = text(input, 'rate')
    const progress = terminal.progress('Bench')
    const rates = given === undefined ? usualRates : [wholeNumber('rate', given)]
    let steps = 0
    const result = await benchMachine({
      ...{ rates, signal, secondsEach: wholeNumber('seconds', String(values.seconds)) },
      onStep: (words) => progress.update(steps++ / (rates.length + 3), words),
    })
    progress.done('in a folder of its own, which is gone again')
    const [{ model } = { model: 'unknown' }, ...others] = cpus()
    if (values.json) {
      terminal.json({ machine: { cpu: model, cores: others.length + 1, node: process.versions.node }, ...result })
      return 0
    }
    const { durableWriteMs, scoreUs, trees } = result
    terminal.line(`${model.trim()}, ${others.length + 1} cores, Node ${process.versions.node}`)
    terminal.line(`  a durable write of 4 kB   ${ms(durableWriteMs.p50)} ms (p99 ${ms(durableWriteMs.p99)})`)
    terminal.line(`  one score, ${trees} trees      ${scoreUs.toFixed(2)} µs`)
    terminal.line()
    const rows = result.rates.map(({ rate, accepted, alerted, refused, settledMs, keptUp }) => [
      rate.toLocaleString('en'),
      ...spread(accepted),
      ...(alerted ? spread(alerted) : ['', '', '']),
      refused > 0 ? `no: ${refused.toLocaleString('en')} refused` : keptUp ? 'yes' : `no: ${ms(settledMs)} ms behind`,
    ])
    const header = ['events/s', 'accepted p50', 'p99', 'p99.9', 'alerted p50', 'p99', 'p99.9', 'kept up']
    for (const line of table(header, rows)) terminal.line(line)
    terminal.line()
    terminal.line(
      'Milliseconds from the instant at which an event was due. One process (tocsin up, embedded) and this generator share the machine.',
    )
    return 0
  },
}

function ms(value: number): string {
  return value.toFixed(value < 10 ? 1 : 0)
}

function spread({ p50, p99, p999 }: Latency): string[] {
  return [p50, p99, p999].map(ms)
}
