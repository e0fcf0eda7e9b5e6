// Names that AWS clients give the stream in, which of them stand for it out: any, or those that the configuration lists.

import { TocsinError } from '../../core/error.ts'
import type { Input } from './input.ts'

export const account = '000000000000'
const namePattern = /^[a-zA-Z0-9_.-]+$/

/** Tocsin has one stream; a program that is used to another name for it may go on using that. */
export class StreamNames {
  readonly #listed: readonly string[]
  readonly #created = new Set<string>()
  readonly #deleted = new Set<string>()

  /** Listed: these alone. None listed: any name, from its first use on. */
  constructor(listed: readonly string[]) {
    this.#listed = listed
  }

  /** Throws `AWS_RESOURCE_NOT_FOUND`. */
  check(name: string): void {
    if (this.#deleted.has(name) || (this.#listed.length > 0 && !this.#listed.includes(name))) throw unknown(name)
    if (this.#listed.length === 0) this.#created.add(name)
  }

  /** Throws `AWS_RESOURCE_IN_USE` where there is one, `AWS_LIMIT_EXCEEDED` where the configuration has other names. */
  create(name: string): void {
    if (this.all().includes(name)) {
      throw new TocsinError('AWS_RESOURCE_IN_USE', `Stream ${name} under account ${account} already exists.`)
    }
    if (this.#listed.length > 0 && !this.#listed.includes(name)) {
      const message = `This Tocsin serves the streams ${this.#listed.join(', ')}; add ${name} to web.streamNames.`
      throw new TocsinError('AWS_LIMIT_EXCEEDED', message)
    }
    this.#deleted.delete(name)
    this.#created.add(name)
  }

  /** Forgets the name; the records stay. */
  delete(name: string): void {
    this.check(name)
    this.#created.delete(name)
    this.#deleted.add(name)
  }

  all(): string[] {
    return [...new Set([...this.#listed, ...this.#created])].filter((name) => !this.#deleted.has(name)).sort()
  }
}

function unknown(name: string): TocsinError {
  return new TocsinError('AWS_RESOURCE_NOT_FOUND', `Stream ${name} under account ${account} not found.`)
}

/** The stream that a request means, by name or by ARN. */
export function nameOf(input: Input): string {
  const arn = input.optionalString('StreamARN', { max: 2048, pattern: /^arn:aws.*:kinesis:.*:\d{12}:\S+$/ })
  if (arn !== undefined) return arn.slice(arn.indexOf('/') + 1)
  return input.string('StreamName', { min: 1, max: 128, pattern: namePattern })
}

export function arnOf(service: 'kinesis' | 'firehose', name: string): string {
  const kind = service === 'kinesis' ? 'stream' : 'deliverystream'
  return `arn:aws:${service}:us-east-1:${account}:${kind}/${name}`
}
