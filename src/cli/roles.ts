// `tocsin worker`, `web`, `notifier`, `jobs`: one role each, any number of processes against one store.

import { type Role, startSystem } from '../app/system.ts'
import { loadConfig } from '../config.ts'
import { type Command, configOption, logLevelOption, portOf } from './command.ts'

function roleCommand(role: Role, summary: string): Command {
  return {
    summary,
    usage: '',
    options: {
      config: configOption,
      'log-level': logLevelOption,
      ...(role === 'web'
        ? {}
        : {
            'health-port': {
              type: 'string',
              value: 'port',
              description: 'answer /healthz, /readyz and /metrics there, on loopback; 0 takes a free port',
              default: '0',
            },
          }),
    },
    maxPositionals: 0,
    async run({ values, terminal, environment, signal }) {
      const config = await loadConfig(String(values.config), environment)
      const system = await startSystem({
        ...{ config, roles: [role], healthPort: portOf(String(values['health-port'] ?? 0), '--health-port') },
        ...{ console: process.stdout, logLevel: String(values['log-level']) },
      })
      terminal.line(`${config.detector} ${role} is up: ${system.url}${role === 'web' ? '/' : '/healthz'}`)
      const stopped = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
      await Promise.race([stopped, system.failed])
      await system.stop()
      return 0
    },
  }
}

export const worker = roleCommand('worker', 'score the stream: shares its partitions with other workers')
export const web = roleCommand('web', 'answer HTTP: events, the API, the console')
export const notifier = roleCommand('notifier', 'send messages; of several, one sends and the others stand by')
export const jobs = roleCommand(
  'jobs',
  'close days and age what is stored; of several, one works and the others stand by',
)
