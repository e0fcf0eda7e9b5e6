// Services in, a server out: every route of the API, the console's files, one way to refuse.

import { Server as NetServer } from 'node:net'
import Fastify, { type FastifyInstance, type FastifyReply } from 'fastify'
import { guardOrigin, guardToken, setSecurityHeaders } from './access.ts'
import { acceptBodies } from './body.ts'
import { serveConsole } from './console.ts'
import { createDoors, documentedDoor, frontOf } from './doors.ts'
import { LiveFeed } from './feed.ts'
import { gatedAppend } from './gate.ts'
import { openKinesisDoor } from './kinesis/open.ts'
import { openApiDocument } from './openapi.ts'
import { asTocsinError, problemOf, problemType, refuseSocket, retryAfterS } from './problem.ts'
import type { Route } from './route.ts'
import { alertRoutes } from './routes/alerts.ts'
import { answerRoutes } from './routes/answers.ts'
import { boxRoutes } from './routes/boxes.ts'
import { deadLetterRoutes } from './routes/deadLetters.ts'
import { downloadRoutes } from './routes/downloads.ts'
import { eventRoutes } from './routes/events.ts'
import { healthRoutes } from './routes/health.ts'
import { labelRoutes } from './routes/labels.ts'
import { liveRoutes } from './routes/live.ts'
import { modelRoutes } from './routes/models.ts'
import { notificationRoutes } from './routes/notifications.ts'
import { operatingPointRoutes } from './routes/operatingPoint.ts'
import { policyRoutes } from './routes/policies.ts'
import { qualityRoutes } from './routes/quality.ts'
import { reportRoutes } from './routes/reports.ts'
import { setupRoutes } from './routes/setup.ts'
import { silenceRoutes } from './routes/silences.ts'
import { studyRoutes } from './routes/study.ts'
import type { Logger, Services } from './services.ts'
import { addWire } from './wire.ts'

export type { Services } from './services.ts'

/** A server that does not listen yet. Closing it ends the live feeds; stream and store stay the caller's. */
export async function createServer(services: Services): Promise<FastifyInstance> {
  const { token, maxBodyBytes, consoleDir, logger } = services
  const refuse = refuser(logger, maxBodyBytes)
  const append = gatedAppend(services.stream, maxBodyBytes)
  const doors = createDoors({ ...services, stream: { append } })
  const front = frontOf(doors, services)
  const app = Fastify({
    bodyLimit: maxBodyBytes,
    logger: false,
    frameworkErrors: (error, _, reply) => void refuse(error, reply),
    clientErrorHandler: refuseSocket,
    // While it drains, what comes on open connections is answered.
    return503OnClosing: false,
    requestTimeout: requestTimeoutMs,
    http: { headersTimeout: headersTimeoutMs, connectionsCheckingInterval: 1000 },
  })
  const feed = new LiveFeed(services)
  app.addHook('preClose', async () => {
    feed.close()
    // Of net, for that of http also ends connections that wait for a request which may be on its way.
    await front.drain(() => void NetServer.prototype.close.call(app.server))
    wire.close()
  })
  app.addHook('onClose', async () => front.close())
  app.setErrorHandler((error, _, reply) => refuse(error, reply))
  // First of all, for a scoring door does without whatever else the framework would do.
  app.addHook('onRequest', (request, reply, next) => {
    if (front.handle(request.raw, reply.raw)) reply.hijack()
    else next()
  })
  openKinesisDoor(app, services, append)
  // After all others that want to see connections first: it hands on to them.
  const wire = addWire(app.server, { front, clock: services.clock })
  setSecurityHeaders(app)
  guardOrigin(app, token)
  acceptBodies(app)
  const routes = routesOf({ ...services, stream: { append } }, feed)
  const [open, guarded] = [routes.filter(({ isOpen }) => isOpen), routes.filter(({ isOpen }) => !isOpen)]
  serve(app, open)
  app.get('/openapi.json', async () => openApiDocument([...routes, ...doors.flatMap(documentedDoor)], '1'))
  await app.register(async (scope) => {
    guardToken(scope, token)
    serve(scope, guarded)
  })
  await serveConsole(app, { consoleDir, token, routes: [...routes, ...doors] })
  return app
}

/** Of a process that is not the web's: alive, ready, counts; to anybody who reaches it. */
export async function createHealthServer(services: Services): Promise<FastifyInstance> {
  const app = Fastify({ logger: false, requestTimeout: requestTimeoutMs })
  const refuse = refuser(services.logger, services.maxBodyBytes)
  app.setErrorHandler((error, _, reply) => refuse(error, reply))
  setSecurityHeaders(app)
  serve(app, healthRoutes(services))
  return app
}

/** The whole API, in the order of its document. */
function routesOf(services: Services, feed: LiveFeed): Route[] {
  return [
    ...eventRoutes(services),
    ...alertRoutes(services),
    ...downloadRoutes(services),
    ...studyRoutes(services),
    ...labelRoutes(services),
    ...answerRoutes(services),
    ...notificationRoutes(services),
    ...policyRoutes(services),
    ...silenceRoutes(services),
    ...modelRoutes(services),
    ...operatingPointRoutes(services),
    ...qualityRoutes(services),
    ...reportRoutes(services),
    ...setupRoutes(services),
    ...liveRoutes(services, feed),
    ...boxRoutes(services),
    ...deadLetterRoutes(services),
    ...healthRoutes(services),
  ]
}

/** A client that sends its headers, or its whole request, more slowly than this is sent away. */
const headersTimeoutMs = 10_000
const requestTimeoutMs = 60_000

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
    if (problem.status === 405) reply.header('allow', known.details.join(', '))
    return reply.code(problem.status).type(problemType).send(problem)
  }
}
