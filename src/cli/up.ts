// `tocsin up`: every role in one process, until it is stopped. Without a configuration, the console leads to one.

import type { SetupHost } from '../app/setup.ts'
import { type System, startSystem } from '../app/system.ts'
import { type Config, loadConfig, parseConfig } from '../config.ts'
import { TocsinError } from '../core/error.ts'
import { type Command, type CommandInput, configOption, logLevelOption, portOf, text } from './command.ts'

export const up: Command = {
  summary: 'run everything: stream, scoring, alerts, notifications, daily page, console',
  usage: '',
  options: {
    config: configOption,
    port: { type: 'string', value: 'port', description: 'where the console answers, in place of web.port' },
    'log-level': logLevelOption,
  },
  maxPositionals: 0,
  async run(input) {
    let port = text(input, 'port') === undefined ? undefined : portOf(text(input, 'port')!, '--port')
    let before: SetupHost['trained'] = null
    for (;;) {
      const found = await configAt(input)
      const config = withPort(found ?? parseConfig({}), port)
      const written = Promise.withResolvers<SetupHost['trained']>()
      const path = String(input.values.config)
      const setup: SetupHost = {
        ...{ path, isConfigured: found !== undefined, environment: input.environment, trained: before },
        onWritten: written.resolve,
      }
      const system = await startSystem({
        ...{ config, setup, console: process.stdout, logLevel: String(input.values['log-level']) },
      })
      await greet(system, found ? config : undefined, input)
      const ended = await Promise.race([stopped(input.signal), system.failed, written.promise])
      // Whoever has the console open finds the next system where this one was.
      port = Number(new URL(system.url).port)
      await system.stop()
      if (ended === 'stopped') return 0
      before = ended
    }
  },
}

/** Undefined where there is none: only at its usual place, for a name that was given should be there. */
async function configAt({ values, environment }: CommandInput): Promise<Config | undefined> {
  const path = String(values.config)
  try {
    return await loadConfig(path, environment)
  } catch (error) {
    const isNew = error instanceof TocsinError && error.code === 'CONFIG_MISSING' && path === configOption.default
    if (!isNew) throw error
    return undefined
  }
}

function withPort(config: Config, port: number | undefined): Config {
  return port === undefined ? config : { ...config, web: { ...config.web, port } }
}

async function greet({ url, store }: System, config: Config | undefined, { terminal, values }: CommandInput) {
  if (!config) {
    terminal.line(`Nothing is set up yet. Open ${url}/ to begin with a file of labelled history.`)
    return
  }
  terminal.line(`${config.detector} is up: console ${url}/  API ${url}/openapi.json`)
  if ((await store.aliases(config.detector)).champion === undefined)
    terminal.line(
      `No model yet: events are kept until there is one. Make it in the console, or with: tocsin train history.csv --config ${values.config}`,
    )
}

function stopped(signal: AbortSignal): Promise<'stopped'> {
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve('stopped'), { once: true }))
}
