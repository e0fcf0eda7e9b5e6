// A model's file in, its scoring doors out: no store, no stream, nothing but answers, as a SageMaker container is.

import { readdir, readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { pino } from 'pino'
import { type ConfigInput, parseConfig } from '../config.ts'
import { systemClock } from '../core/clock.ts'
import { TocsinError } from '../core/error.ts'
import { decodeArtifact, loadModel } from '../model/model.ts'
import { createScorer } from '../score/score.ts'
import type { Variant, Variants } from '../web/doors/variants.ts'
import { createDoors, frontOf } from '../web/doors.ts'
import { addWire } from '../web/wire.ts'
import { listen } from './listen.ts'

/** Where SageMaker unpacks model.tar.gz. */
export const sageMakerModelDir = '/opt/ml/model'
/** As SageMaker calls a variant that gets all requests. */
const variantName = 'AllTraffic'

export type ServeOptions = {
  readonly path: string
  readonly host: string
  readonly port: number
  readonly logLevel: string
  readonly endpoint?: ConfigInput['endpoint']
}

/** Throws `MODEL_UNREADABLE`, `ADDRESS_IN_USE`, and what decoding throws. */
export async function serveModel({ path, host, port, logLevel, endpoint = {} }: ServeOptions) {
  const variant = await openVariant(path)
  const { detector } = variant.scorer.artifact.schema
  const settings = parseConfig({ endpoint }).endpoint
  const logger = pino({ level: logLevel, base: { detector } }, pino.destination(2))
  const services = {
    ...{ detector, clock: systemClock, logger, token: undefined, awsCredentials: [] },
    ...{ variants: only(variant), stream: { append: refuseRecords }, maxBodyBytes: settings.maxBodyBytes },
    endpoint: { ...settings, name: settings.name ?? detector },
    isAnyHost: host !== '127.0.0.1',
  }
  const front = frontOf(createDoors(services), services)
  const server = createServer((request, response) => {
    if (!front.handle(request, response)) response.writeHead(404).end()
  })
  const wire = addWire(server, { front, clock: systemClock })
  const listener = { server, listen: (where: { host: string; port: number }) => listening(server, where) }
  const url = await listen(listener, { host, port })
  return {
    url,
    detector,
    stop: async () => {
      const closed = new Promise((resolve) => server.once('close', resolve))
      await front.drain(() => void server.close())
      wire.close()
      server.closeAllConnections()
      await closed
      front.close()
    },
  }
}

function listening(server: ReturnType<typeof createServer>, where: { host: string; port: number }): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject).listen(where, () => resolve())
  })
}

/** The one model that answers everything. */
export async function openVariant(path: string): Promise<Variant> {
  const artifact = decodeArtifact(await readFile(await modelFile(path)))
  const parsing = { labelInStream: 'drop', unknownFields: 'ignore' } as const
  const scorer = createScorer({ artifact, model: loadModel(artifact), modelVersion: 1, ...parsing })
  return { name: variantName, weight: 1, scorer }
}

export function only(variant: Variant): Variants {
  return {
    answering: () => [variant],
    choose: (_, target) => {
      if (target === undefined || target === variant.name) return variant
      throw new TocsinError('VARIANT_UNKNOWN', `There is no variant "${target}"; expected ${variant.name}.`)
    },
    scored: () => {},
    failed: () => {},
    counts: () => [],
  }
}

// A folder holds one model, as SageMaker's does.
async function modelFile(path: string): Promise<string> {
  const names = await readdir(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOTDIR') return undefined
    throw unreadable(path, error.message)
  })
  if (names === undefined) return path
  const [name, ...others] = names.filter((found) => found.endsWith('.tocsin'))
  if (name !== undefined && others.length === 0) return join(path, name)
  throw unreadable(path, `it holds ${name === undefined ? 'no' : `${others.length + 1}`} .tocsin files`)
}

function unreadable(path: string, found: string): TocsinError {
  const advice = 'Make one with: tocsin models export <version> model.tocsin --format tocsin'
  return new TocsinError('MODEL_UNREADABLE', `${path}: ${found}; expected a model's file. ${advice}`)
}

async function refuseRecords(): Promise<never> {
  const message = 'Nothing is recorded here; expected a running Tocsin behind it. Leave record out, or ask tocsin up.'
  throw new TocsinError('RECORD_UNAVAILABLE', message)
}
