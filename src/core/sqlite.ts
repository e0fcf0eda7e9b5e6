// A file's path and a schema in, an open SQLite database out: durable, shared between processes, refused where it is not ours.

import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync, type SQLInputValue } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import { TocsinError } from './error.ts'

/** What a file must be: its kind and version stand in its table `tocsin`. */
export type SqliteKind = {
  readonly name: 'store' | 'stream'
  /** Each brings the tables from one version (0: an empty file) to the next; their number is the version. */
  readonly steps: readonly string[]
  /** Whether a `Checkpointer` works on the file. */
  readonly isCheckpointed?: boolean
}

/** A prepared statement whose rows look like `Row`: trusted, since only a file of our own kind and version is opened. */
export type Statement<Row> = {
  run(...values: SQLInputValue[]): { readonly changes: number | bigint }
  get(...values: SQLInputValue[]): Row | undefined
  all(...values: SQLInputValue[]): Row[]
  iterate(...values: SQLInputValue[]): Iterable<Row>
}

/** How long a writer waits for the writer of another process. */
const busyTimeoutMs = 10_000
/** Pages of the write-ahead log that a commit brings home: 4 MB, which is the usual one of small pages; it takes some 20 ms. */
const checkpointPages = 256
/** Where another thread brings them home (`Checkpointer`), only when it is far behind: 64 MB. */
const lateCheckpointPages = 4096
/** How soon it asks again whose turn it is: most transactions take some ms. */
const turnMs = 1

const codes = {
  store: {
    full: 'STORE_FULL',
    foreign: 'STORE_FOREIGN',
    version: 'STORE_VERSION',
    busy: 'STORE_BUSY',
    damaged: 'STORE_DAMAGED',
  },
  stream: {
    full: 'STREAM_FULL',
    foreign: 'STREAM_FOREIGN',
    version: 'STREAM_VERSION',
    busy: 'STREAM_BUSY',
    damaged: 'STREAM_DAMAGED',
  },
} as const

/** An open database. Not shared between threads; every method is synchronous. */
export class Sqlite {
  readonly #db: DatabaseSync
  readonly #file: string
  readonly #kind: SqliteKind

  /** Opens the file, or makes it with its folder. Throws `…_FOREIGN`, `…_VERSION`, `…_DAMAGED`, `…_FULL`, `…_BUSY`. */
  constructor(file: string, kind: SqliteKind) {
    mkdirSync(dirname(file), { recursive: true })
    this.#file = file
    this.#kind = kind
    this.#db = new DatabaseSync(file, { timeout: busyTimeoutMs })
    try {
      this.#open()
    } catch (error) {
      this.#db.close()
      throw this.#explained(error)
    }
  }

  query<Row = never>(sql: string): Statement<Row> {
    return this.#db.prepare(sql) as unknown as Statement<Row>
  }

  /** All of `work` or nothing; on the disk when it returns. Throws `…_FULL` where there is no room. */
  transaction<T>(work: () => T): T {
    try {
      this.#db.exec('begin immediate')
      const result = work()
      this.#db.exec('commit')
      return result
    } catch (error) {
      // SQLite has rolled back by itself after some errors, a full disk among them.
      if (this.#db.isTransaction) this.#db.exec('rollback')
      throw this.#explained(error)
    }
  }

  /** As `transaction`; while another writes, waits without keeping this thread from anything else. Throws `…_BUSY` after ten seconds. */
  async transactionInTurn<T>(work: () => T): Promise<T> {
    const until = performance.now() + busyTimeoutMs
    for (;;) {
      this.#db.exec('pragma busy_timeout = 0')
      try {
        return this.transaction(work)
      } catch (error) {
        if (!(isBusy(error) && performance.now() < until)) throw error
      } finally {
        this.#db.exec(`pragma busy_timeout = ${busyTimeoutMs}`)
      }
      await sleep(turnMs)
    }
  }

  exec(sql: string): void {
    this.#db.exec(sql)
  }

  /** Again: nothing. */
  close(): void {
    if (this.#db.isOpen) this.#db.close()
  }

  // The file is looked at before anything is written, so that a foreign one stays as it was.
  #open(): void {
    this.#version()
    // Large pages: fewer of them are written for an index that grows at random places (ids), and for long rows.
    this.#db.exec(`
      pragma page_size = 16384;
      pragma journal_mode = wal;
      pragma synchronous = full;
      pragma wal_autocheckpoint = ${this.#kind.isCheckpointed ? lateCheckpointPages : checkpointPages};
      pragma journal_size_limit = 67108864;
      pragma cache_size = -65536;`)
    this.transaction(() => {
      // Another process may have been faster.
      const version = this.#version()
      if (version === this.#kind.steps.length) return
      if (version === 0) {
        this.#db.exec('create table tocsin (kind text not null, version integer not null) strict')
        this.#db.prepare('insert into tocsin values (?, 0)').run(this.#kind.name)
      }
      for (const step of this.#kind.steps.slice(version)) this.#db.exec(step)
      this.#db.prepare('update tocsin set version = ?').run(this.#kind.steps.length)
    })
  }

  /** 0 of an empty file. Throws where it was not made by us, is of another kind, or newer. */
  #version(): number {
    const tables = this.query<{ name: string }>("select name from sqlite_schema where type = 'table'").all()
    if (tables.length === 0) return 0
    if (!tables.some(({ name }) => name === 'tocsin')) throw this.#foreign('a database of another program')
    const found = this.query<{ kind: string; version: number }>('select kind, version from tocsin').get()
    if (found?.kind !== this.#kind.name) throw this.#foreign(`a Tocsin ${found?.kind ?? 'file of no kind'}`)
    if (found.version > this.#kind.steps.length) throw this.#newer(found.version)
    return found.version
  }

  #foreign(found: string): TocsinError {
    const { name } = this.#kind
    return new TocsinError(
      codes[name].foreign,
      `${this.#file} is ${found}; expected a Tocsin ${name}. Choose another data folder (dataDir), or move that file away.`,
    )
  }

  #newer(found: number): TocsinError {
    const { name, steps } = this.#kind
    return new TocsinError(
      codes[name].version,
      `${this.#file} has schema version ${found}; this Tocsin reads up to version ${steps.length}. ` +
        `Run the Tocsin that wrote it, or choose another data folder (dataDir).`,
    )
  }

  /** SQLite's error as ours, where a person can do something about it. */
  #explained(error: unknown): unknown {
    const name = codes[this.#kind.name]
    const told = (code: string, message: string) => new TocsinError(code, message, { cause: error })
    switch (cause(error)) {
      case 'full':
        return told(
          name.full,
          `${this.#file} cannot grow: the disk is full; nothing was written. Free some space; then go on.`,
        )
      case 'busy':
        return told(
          name.busy,
          `${this.#file} was held by another process for ${busyTimeoutMs / 1000} s; nothing was written. ` +
            'Look which program has it open (a copy, a backup, a database browser), and end it.',
        )
      case 'damaged':
        return told(name.damaged, `${this.#file} is damaged (${String(error)}). Put the last backup in its place.`)
      case 'foreign':
        return this.#foreign('not an SQLite database')
      default:
        return error
    }
  }
}

type Look = { readonly log: number; readonly checkpointed: number }

/** Brings the pages of an open database's write-ahead log home, beside those who write, for a thread of its own. */
export class Checkpointer {
  readonly #db: DatabaseSync
  readonly #look: Statement<Look>

  constructor(file: string) {
    this.#db = new DatabaseSync(file, { timeout: busyTimeoutMs })
    this.#look = this.#db.prepare('pragma wal_checkpoint(noop)') as unknown as Statement<Look>
  }

  /** Does something where there is enough to do. Whatever keeps it from that, the next commit meets as well, and can say. */
  run(): void {
    try {
      const { log, checkpointed } = this.#look.get()!
      if (log - checkpointed >= checkpointPages) this.#db.exec('pragma wal_checkpoint(passive)')
    } catch {}
  }

  close(): void {
    this.#db.close()
  }
}

function isBusy(error: unknown): boolean {
  return error instanceof TocsinError && cause(error.cause) === 'busy'
}

// Result codes: https://sqlite.org/rescode.html; the low byte is the primary code.
function cause(error: unknown): 'full' | 'busy' | 'damaged' | 'foreign' | undefined {
  if (!(error instanceof Error && 'errcode' in error && typeof error.errcode === 'number')) return undefined
  const { errcode } = error
  // 4874, SQLITE_IOERR_SHMSIZE: no room for the write-ahead log's index.
  if ((errcode & 0xff) === 13 || errcode === 4874) return 'full'
  return ({ 5: 'busy', 11: 'damaged', 26: 'foreign' } as const)[errcode & 0xff]
}
