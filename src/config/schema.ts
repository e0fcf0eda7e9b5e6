// The sections of tocsin.yaml in, one schema of the whole file out, and what sections say of each other.

import { z } from 'zod'
import { featuresSection } from '../core/declaration.ts'
import { endpoint } from './endpoint.ts'
import { events, lint } from './events.ts'
import { model, operatingPoint } from './model.ts'
import { checkNames, notify, outbound, policyFields, refuseNetwork } from './notify.ts'
import { report } from './report.ts'
import { archive, store } from './store.ts'
import { stream } from './stream.ts'
import { name } from './values.ts'
import { watch } from './watch.ts'
import { web } from './web.ts'

const fields = z.strictObject({
  detector: name.default('detector').describe('Name of this job'),
  dataDir: z.string().default('tocsin-data').describe('Where the embedded stream and store live'),
  events,
  features: featuresSection,
  lint,
  model,
  operatingPoint,
  stream,
  store,
  archive,
  notify,
  endpoint,
  outbound,
  watch,
  ...policyFields,
  report,
  web,
})

export const schema = fields.superRefine(({ notify, outbound: { allow }, policies, onCall }, context) => {
  for (const [name, fields] of Object.entries(notify))
    for (const [key, address] of Object.entries(fields))
      if (key === 'url' || key === 'endpoint') refuseNetwork(['notify', name, key], String(address), allow, context)
  checkNames({ notify, policies, onCall }, context)
})

export type Config = z.infer<typeof schema>

/** What may be written in tocsin.yaml: everything has a default. */
export type ConfigInput = z.input<typeof schema>

/** JSON Schema of tocsin.yaml, for editors. */
export function configJsonSchema(): Record<string, unknown> {
  return z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' })
}
