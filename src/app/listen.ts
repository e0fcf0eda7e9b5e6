// A server and an address in, a listening server and its URL out.

import type { Server } from 'node:http'
import { createServer } from 'node:net'
import { fileURLToPath } from 'node:url'
import { TocsinError } from '../core/error.ts'

type Listener = { readonly server: Server; listen(options: { host: string; port: number }): Promise<unknown> }

/** Resolves to the URL. Throws `ADDRESS_IN_USE`. */
export async function listen(listener: Listener, { host, port }: { host: string; port: number }): Promise<string> {
  try {
    await listener.listen({ host, port })
  } catch (cause) {
    if (!(cause instanceof Error && 'code' in cause && cause.code === 'EADDRINUSE')) throw cause
    throw new TocsinError(
      'ADDRESS_IN_USE',
      `${host}:${port} is in use by another program; stop that, or choose another web.port (0 takes a free one)`,
      { cause },
    )
  }
  const address = listener.server.address()
  if (address === null || typeof address === 'string') throw new TypeError('a TCP server has an address and a port')
  return `http://${address.family === 'IPv6' ? `[${address.address}]` : address.address}:${address.port}`
}

/** Why nothing could listen there now: `EADDRINUSE`, …; undefined where it could. */
export function obstacle(host: string, port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message))
    server.listen(port, host, () => server.close(() => resolve(undefined)))
  })
}

/** Where the built console lies: dist/console, in the repository and in the published package, whose code lies in dist itself. */
export function consoleDir(): string {
  return fileURLToPath(new URL(import.meta.url.endsWith('.ts') ? '../../dist/console' : '../console', import.meta.url))
}
