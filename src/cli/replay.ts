// `tocsin replay`: a file of events in, a stream into a running Tocsin out.

import { eventsOf, loadScorer, timedEvents } from '../app/history.ts'
import { parseSpeed, replayTo } from '../app/replay.ts'
import { loadConfig } from '../config.ts'
import { TocsinError } from '../core/error.ts'
import { type Command, configOption, text } from './command.ts'

export const replay: Command = {
  summary: 'stream a file of events into a running Tocsin, at any speed',
  usage: '<events.jsonl|.csv|.parquet>',
  options: {
    config: configOption,
    to: {
      type: 'string',
      value: 'url',
      description: 'where Tocsin answers (default: web.host and web.port of the configuration)',
    },
    speed: {
      type: 'string',
      value: 'rate',
      description: 'max, events a second (500), or a multiple of event time (60x)',
      default: 'max',
    },
  },
  maxPositionals: 1,
  async run(input) {
    const [path] = input.positionals
    if (path === undefined) throw new TocsinError('USAGE', 'no file was named; expected: tocsin replay events.jsonl')
    const config = await loadConfig(String(input.values.config), input.environment)
    const speed = parseSpeed(String(input.values.speed))
    const scorer = await loadScorer(config, undefined)
    const events = timedEvents(await eventsOf(path, scorer), scorer)
    const progress = input.terminal.progress('Replay')
    const sent = await replayTo(events, {
      url: text(input, 'to') ?? `http://${config.web.host}:${config.web.port}`,
      ...(config.web.token === undefined ? {} : { token: config.web.token }),
      speed,
      signal: input.signal,
      onProgress: (done) =>
        progress.update(done / events.length, `${done.toLocaleString('en')} of ${events.length.toLocaleString('en')}`),
    })
    progress.done(`${sent.toLocaleString('en')} events accepted`)
    return sent === events.length ? 0 : 130
  },
}
