// The table of routes in, its OpenAPI 3.1 document out: the same schemas that check the requests.

import { z } from 'zod'
import * as alerts from './api/alerts.ts'
import * as answers from './api/answers.ts'
import * as days from './api/days.ts'
import * as deadLetters from './api/deadLetters.ts'
import * as events from './api/events.ts'
import * as health from './api/health.ts'
import * as labels from './api/labels.ts'
import * as live from './api/live.ts'
import * as models from './api/models.ts'
import * as notifications from './api/notifications.ts'
import * as operatingPoint from './api/operatingPoint.ts'
import * as policies from './api/policies.ts'
import * as problem from './api/problem.ts'
import * as quality from './api/quality.ts'
import * as setup from './api/setup.ts'
import * as silences from './api/silences.ts'
import * as study from './api/study.ts'
import { jsonType } from './body.ts'
import { problemType } from './problem.ts'
import type { Documented } from './route.ts'

type Json = Record<string, unknown>

/** Every file of `api/` but what they share. */
const resources = [
  problem,
  events,
  alerts,
  study,
  labels,
  answers,
  models,
  operatingPoint,
  days,
  quality,
  setup,
  health,
  live,
  deadLetters,
  notifications,
  silences,
  policies,
]

/** Every exported schema of the API by its name, so that the document refers to it and a client can be made from it. */
const named = z.registry<{ id: string }>()
const names = new Map<z.ZodType, string>()
for (const [id, schema] of resources.flatMap((resource) => Object.entries<z.ZodType>(resource))) {
  named.add(schema, { id })
  names.set(schema, id)
}
const reference = (id: string) => `#/components/schemas/${id}`

export function openApiDocument(routes: readonly Documented[], version: string): Json {
  const paths: Record<string, Json> = {}
  for (const route of routes) {
    const path = route.path.replace(/:(\w+)/g, '{$1}')
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operation(route) }
  }
  return {
    openapi: '3.1.0',
    info: { title: 'Tocsin', version, license: { name: 'Apache-2.0', identifier: 'Apache-2.0' } },
    security: [{ token: [] }],
    paths,
    components: {
      schemas: z.toJSONSchema(named, { uri: reference, io: 'input', unrepresentable: 'any' }).schemas,
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer', description: 'web.token; none is asked for where none is set' },
      },
    },
  }
}

function operation(route: Documented): Json {
  const { method, path, summary, theme, isOpen, status } = route
  return {
    operationId: `${method.toLowerCase()}${path.replace(/[^a-zA-Z0-9]+(\w?)/g, (_, letter: string) => letter.toUpperCase())}`,
    summary,
    tags: [theme],
    ...(isOpen ? { security: [] } : {}),
    parameters: [...parameters(route.params, 'path'), ...parameters(route.query, 'query')],
    ...requestBody(route),
    responses: {
      [status]: { description: 'Done', content: answerContent(route.answer) },
      default: { description: 'Refused, or failed', content: { [problemType]: { schema: schemaOf(problem.Problem) } } },
    },
  }
}

function requestBody({ body, documentedBody, consumes }: Documented): Json {
  const schema = body ?? documentedBody
  if (!schema) return {}
  const content = (type: string) => (type === jsonType ? { schema: schemaOf(schema) } : { schema: { type: 'string' } })
  return { requestBody: { required: true, content: Object.fromEntries(consumes.map((type) => [type, content(type)])) } }
}

function answerContent(answer: Documented['answer']): Json {
  if (typeof answer === 'string') return { [answer]: { schema: { type: 'string' } } }
  return { [jsonType]: { schema: schemaOf(answer) } }
}

function schemaOf(schema: z.ZodType): unknown {
  const id = names.get(schema)
  return id ? { $ref: reference(id) } : inline(schema)
}

function inline(schema: z.ZodType): Json {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' })
  return rest
}

function parameters(schema: z.ZodType | undefined, place: 'path' | 'query'): Json[] {
  if (!schema) return []
  const { properties = {}, required = [] } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' })
  return Object.entries(properties).map(([name, held]) => {
    const { description, ...shape } = typeof held === 'object' ? held : {}
    return {
      name,
      in: place,
      required: required.includes(name),
      ...(description ? { description } : {}),
      schema: shape,
    }
  })
}
