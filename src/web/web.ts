// Services in, a server out: every route of the API, the console's files, one way to refuse.

import Fastify, { type FastifyInstance, type FastifyReply } from 'fastify'
import { guardOrigin, guardToken, setSecurityHeaders } from './access.ts'
import { acceptBodies } from './body.ts'
import { serveConsole } from './console.ts'
import { LiveFeed } from './feed.ts'
import { openApiDocument } from './openapi.ts'
import { asTocsinError, problemOf, problemType, retryAfterS } from './problem.ts'
import type { Route } from './route.ts'
import { alertRoutes } from './routes/alerts.ts'
import { boxRoutes } from './routes/boxes.ts'
import { eventRoutes } from './routes/events.ts'
import { healthRoutes } from './routes/health.ts'
import { labelRoutes } from './routes/labels.ts'
import { liveRoutes } from './routes/live.ts'
import { modelRoutes } from './routes/models.ts'
import { reportRoutes } from './routes/reports.ts'
import { scoreRoutes } from './routes/score.ts'
import type { Logger, Services } from './services.ts'

export type { Services } from './services.ts'

/** A server that does not listen yet. Closing it ends the live feeds; stream and store stay the caller's. */
export async function createServer(services: Services): Promise<FastifyInstance> {
  const { token, maxBodyBytes, consoleDir, logger } = services
  const refuse = refuser(logger, maxBodyBytes)
  const app = Fastify({
    bodyLimit: maxBodyBytes,
    logger: false,
    frameworkErrors: (error, _, reply) => void refuse(error, reply),
  })
  const feed = new LiveFeed(services)
  app.addHook('preClose', async () => feed.close())
  app.setErrorHandler((error, _, reply) => refuse(error, reply))
  setSecurityHeaders(app)
  guardOrigin(app, token)
  acceptBodies(app)
  const routes = routesOf(services, feed)
  const [open, guarded] = [routes.filter(({ isOpen }) => isOpen), routes.filter(({ isOpen }) => !isOpen)]
  serve(app, open)
  app.get('/openapi.json', async () => openApiDocument(routes, '1'))
  await app.register(async (scope) => {
    guardToken(scope, token)
    serve(scope, guarded)
  })
  await serveConsole(app, { consoleDir, token, paths: routes.map(({ path }) => path) })
  return app
}

/** The whole API, in the order of its document. */
function routesOf(services: Services, feed: LiveFeed): Route[] {
  return [
    ...eventRoutes(services),
    ...scoreRoutes(services),
    ...alertRoutes(services),
    ...labelRoutes(services),
    ...modelRoutes(services),
    ...reportRoutes(services),
    ...liveRoutes(services, feed),
    ...boxRoutes(services),
    ...healthRoutes(services),
  ]
}

function serve(app: FastifyInstance, routes: readonly Route[]): void {
  for (const { method, path, run } of routes) app.route({ method, url: path, handler: run })
}

/** The one place where an error becomes an answer. What is nobody's mistake outside is logged. */
function refuser(logger: Logger, maxBodyBytes: number) {
  return (error: unknown, reply: FastifyReply) => {
    const known = asTocsinError(error, maxBodyBytes)
    const problem = problemOf(known)
    if (problem.status >= 500) logger.error({ err: error, code: known.code }, known.message)
    const retryAfter = retryAfterS[problem.status]
    if (retryAfter !== undefined) reply.header('retry-after', String(retryAfter))
    if (problem.status === 401) reply.header('www-authenticate', 'Bearer')
    return reply.code(problem.status).type(problemType).send(problem)
  }
}
