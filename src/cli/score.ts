// `tocsin score`: a file of events in, one decision a line out.

import { eventsOf, loadScorer, recall } from '../app/history.ts'
import { scoreEvents } from '../app/score.ts'
import { loadConfig } from '../config.ts'
import { TocsinError } from '../core/error.ts'
import { type Command, configOption, text } from './command.ts'

export const score: Command = {
  summary: 'score a file of events; one JSON line each, nothing is stored or sent',
  usage: '<events.jsonl|.csv|.parquet>',
  options: {
    config: configOption,
    version: { type: 'string', value: 'number', description: 'version of the model (default: the champion)' },
    alerts: { type: 'boolean', description: 'only what alerts' },
  },
  maxPositionals: 1,
  async run(input) {
    const [path] = input.positionals
    if (path === undefined) throw new TocsinError('USAGE', 'no file was named; expected: tocsin score events.jsonl')
    const config = await loadConfig(String(input.values.config), input.environment)
    const version = text(input, 'version')
    const scorer = await loadScorer(config, version === undefined ? undefined : Number(version))
    const events = await eventsOf(path, scorer)
    let refused = 0
    const memory = await recall(config, scorer, events)
    for (const line of scoreEvents(scorer, events, memory)) {
      if ('error' in line) refused++
      if (!input.values.alerts || 'error' in line || line.outcome === 'alert') input.terminal.line(JSON.stringify(line))
    }
    if (refused > 0)
      input.terminal.note(`${refused} of ${events.length} events could not be scored; their lines say why`)
    return refused > 0 ? 65 : 0
  },
}
