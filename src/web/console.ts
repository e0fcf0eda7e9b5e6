// A path in, the console's built files out; any page of the console is its one index.html.

import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import fastifyStatic from '@fastify/static'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { nearestName, TocsinError } from '../core/error.ts'
import { takeToken } from './access.ts'

const ofPrograms = /^\/(v1|reports|metrics|healthz|readyz|openapi\.json)(\/|$)/

/** Serves the console at `/`; everything that is nowhere ends here, too. `routes` are those of the API, for the nearest name and the right method. */
export async function serveConsole(
  app: FastifyInstance,
  options: { readonly consoleDir: string; readonly token: string | undefined; readonly routes: readonly Listed[] },
): Promise<void> {
  const { consoleDir, token, routes } = options
  const isBuilt = await isFile(join(consoleDir, 'index.html'))
  if (isBuilt)
    await app.register(fastifyStatic, {
      ...{ root: consoleDir, index: false, cacheControl: false, setHeaders: keepHashed },
      preCompressed: true,
    })
  const index = (reply: FastifyReply) => {
    if (!isBuilt) throw noConsole()
    return reply.sendFile('index.html')
  }
  app.get('/', async (request, reply) => (takeToken(request, reply, token) ? reply : index(reply)))
  app.setNotFoundHandler(async (request, reply) => {
    if (isPage(request)) return index(reply)
    throw wrongMethod(request, routes) ?? unknownAddress(request, routes)
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

type Listed = { readonly method: string; readonly path: string }

function wrongMethod({ method, url }: FastifyRequest, routes: readonly Listed[]): TocsinError | undefined {
  const { pathname } = new URL(url, 'http://console')
  const there = routes.filter(({ path }) => new RegExp(`^${path.replace(/:\w+/g, '[^/]+')}$`).test(pathname))
  if (there.length === 0) return undefined
  const methods = [...new Set(there.map((route) => route.method))].join(' or ')
  return new TocsinError('METHOD_WRONG', `The method is ${method}; expected ${methods} at ${pathname.slice(0, 200)}.`, {
    details: [methods.replaceAll(' or ', ', ')],
  })
}

function unknownAddress({ method, url }: FastifyRequest, routes: readonly Listed[]): TocsinError {
  const { pathname } = new URL(url, 'http://console')
  const near = nearestName(
    pathname,
    routes.map(({ path }) => path),
  )
  const advice = near ? `Did you mean ${near}?` : '/openapi.json lists what there is.'
  return new TocsinError(
    'ADDRESS_UNKNOWN',
    `There is nothing at ${method} ${pathname.slice(0, 200)}; expected an address of the API or the console. ${advice}`,
  )
}
