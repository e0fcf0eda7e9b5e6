// `tocsin worker`, `web`, `notifier`, `jobs`: one role each, any number of processes against one store.

import { type Role, startSystem } from '../app/system.ts'
import { shareWork } from '../app/workers.ts'
import { loadConfig } from '../config.ts'
import { type Command, configOption, logLevelOption, portOf, workersOf, workersOption } from './command.ts'

function roleCommand(role: Role, summary: string): Command {
  return {
    summary,
    usage: '',
    options: {
      config: configOption,
      'log-level': logLevelOption,
      ...(role === 'web'
        ? { workers: workersOption }
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
    async run(input) {
      const { values, terminal, environment, signal } = input
      const config = await loadConfig(String(values.config), environment)
      return shareWork({
        processes: workersOf(input),
        signal,
        start: async () => {
          const { url, failed, stop } = await startSystem({
            ...{ config, roles: [role], healthPort: portOf(String(values['health-port'] ?? 0), '--health-port') },
            ...{ console: process.stdout, logLevel: String(values['log-level']) },
          })
          return { line: `${config.detector} ${role} is up: ${url}${role === 'web' ? '/' : '/healthz'}`, failed, stop }
        },
        onUp: (line) => terminal.line(line),
        onReplaced: (reason) => terminal.note(reason),
      })
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
