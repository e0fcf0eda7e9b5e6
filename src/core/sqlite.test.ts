import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { Checkpointer, Sqlite, type SqliteKind } from './sqlite.ts'

const kind: SqliteKind = { name: 'store', steps: ['create table thing (name text not null) strict'] }
let dir: string
let file: string

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'tocsin-sqlite-'))
  file = join(dir, 'store.db')
})
afterEach(() => rm(dir, { recursive: true }))

test('a transaction that throws leaves nothing behind, and the next one works', () => {
  const db = new Sqlite(file, kind)
  const insert = db.query('insert into thing values (?)')
  const failing = () => {
    insert.run('half')
    throw new RangeError('of the work')
  }
  expect(() => db.transaction(failing)).toThrow(RangeError)
  db.transaction(() => insert.run('whole'))
  expect(db.query<{ name: string }>('select name from thing').all()).toEqual([{ name: 'whole' }])
  db.close()
})

test('a commit is on the disk when it returns: write-ahead log, synchronous full', () => {
  const db = new Sqlite(file, kind)
  expect(db.query('pragma journal_mode').get()).toEqual({ journal_mode: 'wal' })
  expect(db.query('pragma synchronous').get()).toEqual({ synchronous: 2 })
  db.close()
})

test('where a checkpointer works, commits leave pages to it; what is too little it leaves', () => {
  const db = new Sqlite(file, { ...kind, isCheckpointed: true })
  const waiting = () => {
    const { log, checkpointed } = db.query<{ log: number; checkpointed: number }>('pragma wal_checkpoint(noop)').get()!
    return log - checkpointed
  }
  const insert = db.query('insert into thing values (?)')
  const checkpointer = new Checkpointer(file)
  db.transaction(() => insert.run('little'))
  const few = waiting()
  checkpointer.run()
  expect([few > 0, waiting()]).toEqual([true, few])
  for (let i = 0; i < 60; i++) db.transaction(() => insert.run('much'.repeat(30_000)))
  expect(waiting()).toBeGreaterThan(256)
  checkpointer.run()
  expect(waiting()).toBe(0)
  checkpointer.close()
  db.close()
})

test('a file that is no database is refused, and stays as it was', async () => {
  await writeFile(file, 'id,amount\n1,2\n'.repeat(100))
  expect(() => new Sqlite(file, kind)).toThrow(/is not an SQLite database; expected a Tocsin store/)
  expect(await readFile(file, 'utf8')).toBe('id,amount\n1,2\n'.repeat(100))
})

test("another program's database is refused, and stays as it was", async () => {
  const other = new DatabaseSync(file)
  other.exec('create table customers (name text)')
  other.close()
  const before = await readFile(file)
  expect(() => new Sqlite(file, kind)).toThrow(expect.objectContaining({ code: 'STORE_FOREIGN' }))
  expect(await readFile(file)).toEqual(before)
})

test('a file of the other kind is refused', () => {
  new Sqlite(file, { ...kind, name: 'stream' }).close()
  expect(() => new Sqlite(file, kind)).toThrow(/is a Tocsin stream; expected a Tocsin store/)
})

test('a file of an older version is brought up to this one, and keeps what it holds', () => {
  const old = new Sqlite(file, kind)
  old.transaction(() => old.query('insert into thing values (?)').run('kept'))
  old.close()
  const db = new Sqlite(file, {
    ...kind,
    steps: [...kind.steps, "alter table thing add column since text default 'then'"],
  })
  expect(db.query('select * from thing').all()).toEqual([{ name: 'kept', since: 'then' }])
  db.close()
})

test('a file of a newer version is refused, with both versions named', () => {
  new Sqlite(file, { ...kind, steps: [...kind.steps, 'select 1', 'select 1'] }).close()
  expect(() => new Sqlite(file, kind)).toThrow(/has schema version 3; this Tocsin reads up to version 1/)
  expect(() => new Sqlite(file, kind)).toThrow(expect.objectContaining({ code: 'STORE_VERSION' }))
})

test('a damaged file is told as such', async () => {
  new Sqlite(file, kind).close()
  const bytes = await readFile(file)
  await writeFile(file, bytes.fill(0xa5, 100, 4096))
  expect(() => new Sqlite(file, kind)).toThrow(expect.objectContaining({ code: 'STORE_DAMAGED' }))
})

test('a writer waits for the writer of another process, and readers wait for nobody', async () => {
  const db = new Sqlite(file, kind)
  const child = spawn(process.execPath, ['--input-type=module', '--eval', holdingWriter, file], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await once(child.stdout, 'data')
  expect(db.query('select * from thing').all()).toEqual([])
  db.transaction(() => db.query('insert into thing values (?)').run('mine'))
  expect(
    db
      .query<{ name: string }>('select name from thing')
      .all()
      .map(({ name }) => name),
  ).toEqual(['theirs', 'mine'])
  db.close()
  await once(child, 'exit')
})

const holdingWriter = `
  import { DatabaseSync } from 'node:sqlite'
  const db = new DatabaseSync(process.argv[1])
  db.exec("begin immediate; insert into thing values ('theirs')")
  console.log('writing')
  setTimeout(() => db.exec('commit'), 300)`

test('many processes may make the file at the same time', async () => {
  const children = Array.from({ length: 6 }, () =>
    spawn(process.execPath, ['--input-type=module', '--eval', opener, file], {
      stdio: ['ignore', 'inherit', 'inherit'],
    }),
  )
  const codes = await Promise.all(children.map(async (child) => (await once(child, 'exit'))[0]))
  expect(codes).toEqual([0, 0, 0, 0, 0, 0])
  const db = new Sqlite(file, kind)
  expect(db.query<{ count: number }>('select count(*) as count from thing').get()?.count).toBe(6)
  db.close()
})

const opener = `
  const { Sqlite } = await import(${JSON.stringify(join(import.meta.dirname, 'sqlite.ts'))})
  const db = new Sqlite(process.argv[1], ${JSON.stringify(kind)})
  db.transaction(() => db.query('insert into thing values (?)').run('one'))`
