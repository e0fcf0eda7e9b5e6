// A path in, the console's built files out; any page of the console is its one index.html.

import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import fastifyStatic from '@fastify/static'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { nearestName, TocsinError } from '../core/error.ts'
import { takeToken } from './access.ts'

const ofPrograms = /^\/(v1|reports|metrics|healthz|readyz|openapi\.json)(\/|$)/

/** Serves the console at `/`; everything that is nowhere ends here, too. `paths` are those of the API, for the nearest name. */
export async function serveConsole(
  app: FastifyInstance,
  options: { readonly consoleDir: string; readonly token: string | undefined; readonly paths: readonly string[] },
): Promise<void> {
  const { consoleDir, token, paths } = options
  const isBuilt = await isFile(join(consoleDir, 'index.html'))
  if (isBuilt)
    await app.register(fastifyStatic, { root: consoleDir, index: false, cacheControl: false, setHeaders: keepHashed })
  const index = (reply: FastifyReply) => {
    if (!isBuilt) throw noConsole()
    return reply.sendFile('index.html')
  }
  app.get('/', async (request, reply) => (takeToken(request, reply, token) ? reply : index(reply)))
  app.setNotFoundHandler(async (request, reply) => {
    if (isPage(request)) return index(reply)
    throw unknownAddress(request, paths)
  })
}

function isPage({ method, url, headers }: FastifyRequest): boolean {
  const { pathname } = new URL(url, 'http://console')
  return method === 'GET' && !ofPrograms.test(pathname) && (headers.accept ?? '').includes('text/html')
}

async function isFile(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isFile()
  } catch {
    return false
  }
}

// Vite names assets by their content: they never change. The index names them, and does.
function keepHashed(reply: FastifyReply, path: string): void {
  const isHashed = /[\\/]assets[\\/]/.test(path)
  reply.header('cache-control', isHashed ? 'public, max-age=31536000, immutable' : 'no-cache')
}

function noConsole(): TocsinError {
  return new TocsinError(
    'CONSOLE_MISSING',
    'The console is not built; expected its files beside the program. Build it with: npm run build:console',
  )
}

function unknownAddress({ method, url }: FastifyRequest, paths: readonly string[]): TocsinError {
  const { pathname } = new URL(url, 'http://console')
  const near = nearestName(pathname, paths)
  const advice = near ? `Did you mean ${near}?` : '/openapi.json lists what there is.'
  return new TocsinError(
    'ADDRESS_UNKNOWN',
    `There is nothing at ${method} ${pathname.slice(0, 200)}; expected an address of the API or the console. ${advice}`,
  )
}
