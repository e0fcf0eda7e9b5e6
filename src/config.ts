// tocsin.yaml in, a checked configuration out: types, defaults, checks and the editor's JSON Schema come from one schema.

import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import { invalid } from './config/mistakes.ts'
import { checkNames, policyFields } from './config/notify.ts'
import { type Config, type ConfigInput, schema } from './config/schema.ts'
import { readYaml } from './config/yaml.ts'
import { TocsinError } from './core/error.ts'

export { type Config, type ConfigInput, configJsonSchema } from './config/schema.ts'

/** The configuration with other severity bands, policies and rotations, as tocsin.yaml writes them. Throws `CONFIG_INVALID`. */
export function withPolicies(config: Config, input: unknown): Config {
  const { notify } = config
  const given = z.strictObject(policyFields).superRefine((found, context) => checkNames({ notify, ...found }, context))
  const result = given.safeParse(input)
  if (result.success) return { ...config, ...result.data }
  throw invalid('the policies', result.error.issues, () => undefined)
}

/** Defaults filled in and checked. Throws TocsinError `CONFIG_INVALID` that lists every mistake. */
export function parseConfig(input: ConfigInput): Config {
  const result = schema.safeParse(input)
  if (result.success) return result.data
  throw invalid('the configuration', result.error.issues, () => undefined)
}

/** Reads and checks a YAML file. Throws `CONFIG_MISSING`, or `CONFIG_INVALID` naming each mistake's line, path and nearest right name. */
export async function loadConfig(path: string, environment: NodeJS.ProcessEnv): Promise<Config> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (cause) {
    throw new TocsinError('CONFIG_MISSING', `${path}: cannot be read. Write one with: tocsin init`, { cause })
  }
  return readConfig(text, path, environment)
}

/** As `loadConfig`, from text; `path` is for messages. */
export function readConfig(text: string, path: string, environment: NodeJS.ProcessEnv): Config {
  const { values, missing, lineAt } = readYaml(text, path, environment)
  const result = schema.safeParse(values)
  if (missing.length > 0 || !result.success)
    throw invalid(path, result.success ? [] : result.error.issues, lineAt, missing)
  return result.data
}
