// `tocsin up`: every role in one process, until it is stopped.

import { startSystem } from '../app/system.ts'
import { loadConfig } from '../config.ts'
import { type Command, configOption, logLevelOption } from './command.ts'

export const up: Command = {
  summary: 'run everything: stream, scoring, alerts, notifications, daily page, console',
  usage: '',
  options: {
    config: configOption,
    'log-level': logLevelOption,
  },
  maxPositionals: 0,
  async run({ values, terminal, environment, signal }) {
    const config = await loadConfig(String(values.config), environment)
    const system = await startSystem({ config, console: process.stdout, logLevel: String(values['log-level']) })
    terminal.line(`${config.detector} is up: console ${system.url}/  API ${system.url}/openapi.json`)
    if ((await system.store.aliases(config.detector)).champion === undefined)
      terminal.line(
        `No model yet: events are kept until there is one. Make it with: tocsin train history.csv --config ${values.config}`,
      )
    const stopped = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
    await Promise.race([stopped, system.failed])
    await system.stop()
    return 0
  },
}
