// `tocsin serve`: one model's scoring doors and nothing else, as a SageMaker container is started.

import { sageMakerModelDir, serveModel } from '../app/serve.ts'
import { shareWork } from '../app/workers.ts'
import { type Command, logLevelOption, text, workersOf, workersOption } from './command.ts'

export const serve: Command = {
  summary: 'answer with one model file and nothing else; without a file as a SageMaker container, on 8080',
  usage: '[model.tocsin]',
  options: {
    host: { type: 'string', value: 'address', description: 'default 127.0.0.1; in a SageMaker container 0.0.0.0' },
    port: { type: 'string', value: 'number', description: 'default 8080, or SAGEMAKER_BIND_TO_PORT' },
    workers: workersOption,
    'log-level': logLevelOption,
  },
  maxPositionals: 1,
  async run(input) {
    const { positionals, terminal, environment, signal } = input
    const [path = sageMakerModelDir] = positionals
    const port = Number(text(input, 'port') ?? environment.SAGEMAKER_BIND_TO_PORT ?? 8080)
    // SageMaker's network reaches nothing else of the container, and its requests carry no credentials.
    const host = text(input, 'host') ?? (path === sageMakerModelDir ? '0.0.0.0' : '127.0.0.1')
    return shareWork({
      processes: workersOf(input),
      signal,
      start: async () => {
        const served = await serveModel({ path, host, port, logLevel: text(input, 'log-level') ?? 'info' })
        const line = `${served.detector} is served at ${served.url}: POST /invocations, GET /ping`
        return { line, stop: served.stop }
      },
      onUp: (line) => terminal.line(line),
      onReplaced: (reason) => terminal.note(reason),
    })
  },
}
