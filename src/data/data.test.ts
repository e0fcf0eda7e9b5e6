// Small files, good and bad, in: what is read, inferred, left out and refused.

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { DuckDBInstance } from '@duckdb/node-api'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { CategoryColumn, NumberColumn } from '../core/column.ts'
import { TocsinError } from '../core/error.ts'
import { type HistoryRead, historyFingerprint, readEvents, readHistory } from './data.ts'
import type { HistoryOptions } from './roles.ts'

let dir: string
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'tocsin-data-'))
})
afterAll(() => rm(dir, { recursive: true }))

async function file(content: string | Buffer, name = 'history.csv'): Promise<string> {
  const path = join(dir, name)
  await writeFile(path, content)
  return path
}

async function read(
  content: string | Buffer,
  options: Partial<HistoryOptions> = {},
  name?: string,
): Promise<HistoryRead> {
  return readHistory(await file(content, name), { detector: 'test', ...options })
}

async function refusal(
  content: string | Buffer,
  options: Partial<HistoryOptions> = {},
  name?: string,
): Promise<TocsinError> {
  const result = await read(content, options, name).catch((error: unknown) => error)
  if (result instanceof TocsinError) return result
  throw new Error('the history was read', { cause: result })
}

/** A CSV of `rows` lines made by `line`, under a header. */
function csv(header: string, rows: number, line: (n: number) => string): string {
  return `${header}\n${Array.from({ length: rows }, (_, n) => line(n)).join('\n')}\n`
}

const numbers = ({ history }: HistoryRead, name: string) => [...(history.columns.get(name) as NumberColumn).values]
const texts = ({ history }: HistoryRead, name: string) => {
  const { codes, dictionary } = history.columns.get(name) as CategoryColumn
  return Array.from(codes, (code) => (code < 0 ? null : dictionary[code]))
}
const kinds = ({ schema }: HistoryRead) => Object.fromEntries(schema.fields.map(({ name, kind }) => [name, kind]))

const plain = 'amount,kind,ok,label\n1.5,a,true,0\n,b,FALSE,1\n3,,true,0\n-0,a,,1\n'

describe('columns of numbers that are codes', () => {
  const rows = 'mcc,amount,label\n5411,1,0\n5999,2,1\n,3,0\n5411,4,1\n'

  test('are texts where the configuration says so, each value a category', async () => {
    const found = await read(rows, { label: 'label', categories: ['mcc'] })
    expect(kinds(found)).toEqual({ mcc: 'category', amount: 'number' })
    expect(texts(found, 'mcc')).toEqual(['5411', '5999', null, '5411'])
    expect(found.schema.features).toContain('mcc')
  })

  test('of Parquet are written as JSON writes them', async () => {
    const path = join(dir, 'codes.parquet')
    const instance = await DuckDBInstance.create(':memory:')
    const connection = await instance.connect()
    await connection.run(
      `copy (select * from (values (5411.0::double, 0), (59.5, 1), (null, 0), (7, 1)) t(mcc, label)) to '${path}' (format parquet)`,
    )
    connection.closeSync()
    instance.closeSync()
    const found = await readHistory(path, { detector: 'test', label: 'label', categories: ['mcc'] })
    expect(texts(found, 'mcc')).toEqual(['5411', '59.5', null, '7'])
    const events = await Array.fromAsync(readEvents(path, found.schema, () => {}))
    expect(events.map(({ mcc }) => mcc)).toEqual(['5411', '59.5', null, '7'])
  })

  test('that are not there are named', async () => {
    const { code, message } = await refusal(rows, { label: 'label', categories: ['mmc'] })
    expect(code).toBe('HISTORY_COLUMN_MISSING')
    expect(message).toContain('events.categories: no column "mmc"; did you mean "mcc"?')
  })
})

describe('formats', () => {
  test('numbers, texts and booleans become columns; blank cells are missing', async () => {
    const found = await read(plain)
    expect(kinds(found)).toEqual({ amount: 'number', kind: 'category', ok: 'boolean' })
    expect(numbers(found, 'amount')).toEqual([1.5, Number.NaN, 3, 0])
    expect(texts(found, 'kind')).toEqual(['a', 'b', null, 'a'])
    expect(texts(found, 'ok')).toEqual(['true', 'false', 'true', null])
    expect([...found.history.labels]).toEqual([0, 1, 0, 1])
    expect(found.schema.fields.every(({ isNullable }) => isNullable)).toBe(true)
    expect(found.history.ids).toEqual(['row-1', 'row-2', 'row-3', 'row-4'])
    expect([...found.history.times]).toEqual([0, 86_400, 172_800, 259_200])
  })

  test.each([
    ['a byte-order mark', `\uFEFF${plain}`, 'bom.csv'],
    ['semicolons', plain.replaceAll(',', ';'), 'semicolons.csv'],
    ['tabs', plain.replaceAll(',', '\t'), 'tabs.tsv'],
    ['Windows line ends', plain.replaceAll('\n', '\r\n'), 'crlf.csv'],
    ['no line end at the end', plain.trimEnd(), 'end.csv'],
    ['gzip', gzipSync(plain), 'zipped.csv.gz'],
    ['marks for missing numbers', plain.replace('\n,b', '\nN/A,b'), 'marks.csv'],
  ])('%s: the same history', async (_, content, name) => {
    const expected = await read(plain)
    const found = await read(content, {}, name)
    expect(found.schema).toEqual(expected.schema)
    expect(historyFingerprint(found.history)).toBe(historyFingerprint(expected.history))
  })

  test('quoted cells may hold delimiters, quotes and line ends, even if none comes early', async () => {
    const found = await read(csv('text,x,label', 60, (n) => (n === 50 ? '"a ""b"", c\nd",1,1' : `t,${n % 2},0`)))
    expect(texts(found, 'text')[50]).toBe('a "b", c\nd')
    expect(found.history.rows).toBe(60)
  })

  test('where the semicolon parts the cells, numbers may have a decimal comma', async () => {
    const found = await read('x;kind;label\n1,5;a,b;0\n-0,25;c;1\n', {}, 'comma.csv')
    expect(numbers(found, 'x')).toEqual([1.5, -0.25])
    expect(texts(found, 'kind')).toEqual(['a,b', 'c'])
  })

  test('a name with pattern signs is that file and no other', async () => {
    await file(plain, 'b.csv')
    const found = await read('x,label\n1,0\n2,1\n', {}, '[b]*.csv')
    expect(found.schema.features).toEqual(['x'])
  })

  test('lines of comment before the header are passed over', async () => {
    const found = await read(`# made by hand\n${plain}`, {}, 'comment.csv')
    expect(historyFingerprint(found.history)).toBe(historyFingerprint((await read(plain)).history))
  })

  test('hundreds of columns are read', async () => {
    const names = Array.from({ length: 300 }, (_, i) => `v${i}`)
    const lines = Array.from({ length: 20 }, (_, row) =>
      [...names.map((_, i) => row * i * 0.5), row % 9 ? 0 : 1].join(','),
    )
    const { schema } = await read([[...names, 'label'].join(','), ...lines].join('\n'))
    expect(schema.features).toHaveLength(300)
  })

  test('columns may be called like anything that SQL or this program knows', async () => {
    const { schema, history } = await read(
      'select,rowid,place,text,"a ""b"" c",C0,label\n1,x,3,y,5,6,0\n2,z,4,y,6,7,1\n',
    )
    expect(schema.features).toEqual(['select', 'rowid', 'place', 'text', 'a "b" c', 'C0'])
    expect(history.columns.get('C0')).toMatchObject({ values: Float64Array.of(6, 7) })
  })

  test('without a header columns are column0, column1 …', async () => {
    const found = await read('1.5,a,0\n2.5,b,1\n2,a,0\n', { label: 'column2' })
    expect(kinds(found)).toEqual({ column0: 'number', column1: 'category' })
    expect(found.history.rows).toBe(3)
  })

  test('JSON lines, zipped or not, give the same history as CSV', async () => {
    const lines = [
      '{"amount": 1.5, "kind": "a", "ok": true, "label": 0}',
      '{"kind": "b", "ok": false, "label": 1, "amount": null}',
      '{"amount": 3, "ok": true, "label": 0}',
      '{"amount": 0, "kind": "a", "label": 1}',
    ].join('\n')
    const expected = historyFingerprint((await read(plain)).history)
    expect(historyFingerprint((await read(lines, {}, 'history.jsonl')).history)).toBe(expected)
    expect(historyFingerprint((await read(gzipSync(lines), {}, 'history.jsonl.gz')).history)).toBe(expected)
  })

  test('a field that holds objects is told and left out', async () => {
    const lines = [0, 1, 0].map((label, n) => JSON.stringify({ x: n, place: { town: 'A' }, tags: [n], label }))
    const { schema, findings } = await read(lines.join('\n'), {}, 'nested.jsonl')
    expect(schema.fields.map(({ name }) => name)).toEqual(['x'])
    expect(findings.join('\n')).toMatch(/"place" is not a feature: it holds lists or objects/)
  })

  test('Parquet keeps its types', async () => {
    const path = join(dir, 'history.parquet')
    const instance = await DuckDBInstance.create(':memory:')
    const connection = await instance.connect()
    await connection.run(`copy (select i::double / 2 as x, 'k' || (i % 3) as kind, i % 2 = 0 as even, 1.25::decimal(9, 2) as price,
      timestamp_ns '2026-01-01 00:00:00' + interval (9 - i) minute as at, i = 4 as label from range(10) t(i)) to '${path}'`)
    connection.closeSync()
    const found = await readHistory(path, { detector: 'test' })
    expect(kinds(found)).toEqual({ x: 'number', kind: 'category', even: 'boolean', price: 'number', at: 'category' })
    expect(numbers(found, 'x')).toEqual([4.5, 4, 3.5, 3, 2.5, 2, 1.5, 1, 0.5, 0])
    expect(found.history.times[0]).toBe(Date.UTC(2026, 0, 1))
    expect(found.schema.label).toEqual({ column: 'label', anomaly: '1' })
    expect([...found.history.labels]).toEqual([0, 0, 0, 0, 0, 1, 0, 0, 0, 0])
  })
})

describe('roles', () => {
  test('rows come in order of time, equal times in the order of the file', async () => {
    const found = await read('when,x,label\n2026-01-02,1,0\n2026-01-01T10:00:00+02:00,2,1\n2026-01-02T00:00:00Z,3,0\n')
    expect(numbers(found, 'x')).toEqual([2, 1, 3])
    expect(found.history.times[0]).toBe(Date.UTC(2026, 0, 1, 8))
    expect(found.schema.time).toEqual({ column: 'when', unit: 'iso' })
    expect(found.findings).toContain('"when" is taken for the event time; say events.time to change that')
  })

  test('numbers of a unit count from their origin', async () => {
    const time = { column: 't', unit: 's' as const, origin: '2013-09-01T00:00:00Z' }
    const { history } = await read('t,x,label\n1.5,1,0\n0,2,1\n', { time })
    expect([...history.times]).toEqual([Date.UTC(2013, 8, 1), Date.UTC(2013, 8, 1) + 1500])
  })

  test.each([
    ['s', 1_790_000_000],
    ['ms', 1_790_000_000_000],
    ['us', 1_790_000_000_000_000],
  ])('a time named without a unit and in the range of today is read in %s', async (unit, count) => {
    const { schema, history } = await read(`ts,x,label\n${count},1,0\n${count},2,1\n`, { time: 'ts' })
    expect(schema.time).toEqual({ column: 'ts', unit })
    expect(history.times[0]).toBe(1_790_000_000_000)
  })

  test('two columns of dates: neither is taken for the time, and none is a feature', async () => {
    const { schema, findings } = await read('born,seen,x,label\n2001-01-01,2026-01-01,1,0\n2002-01-01,2026-01-02,2,1\n')
    expect(schema.time).toBeNull()
    expect(schema.features).toEqual(['x'])
    expect(findings).toContain('"born" is not a feature: it holds dates, and is not the event time')
  })

  test('id, entity, amount and weight are kept apart; the amount alone is a feature as well', async () => {
    const options = { id: 'no', entity: 'card', amount: 'sum', weight: 'w', label: 'bad' }
    const found = await read('no,card,sum,w,x,bad\n007,c1,5,2,1,0\nB9,c2,6.5,0.5,2,1\n', options)
    expect(found.history.ids).toEqual(['007', 'B9'])
    expect(found.history.entities?.dictionary).toEqual(['c1', 'c2'])
    expect([...found.history.amounts!]).toEqual([5, 6.5])
    expect([...found.history.weights]).toEqual([2, 0.5])
    expect(found.schema.features).toEqual(['sum', 'x'])
    expect(found.schema.fields.map(({ name }) => name)).toEqual(['no', 'card', 'sum', 'x'])
  })

  test('whole numbers that name things are numbers, with leading zeros they are texts', async () => {
    const found = await read('tx_id,card,x,label\n1,007,1,0\n2,008,2,1\n', { id: 'tx_id', entity: 'card' })
    expect(kinds(found)).toMatchObject({ tx_id: 'number', card: 'category' })
    expect(found.history.entities?.dictionary).toEqual(['007', '008'])
  })

  test('ids, diverse texts and ignored columns are known fields but no features, and an event may lack them', async () => {
    const content = csv(
      'UDI,user_id,note,fine,x,label',
      300,
      (n) => `${n + 1},${(n * 7) % 200},note ${n} ${n * n},${n % 3},${n / 7},${n % 9 ? 0 : 1}`,
    )
    const { schema, findings } = await read(content, { ignore: ['fine'] })
    expect(schema.features).toEqual(['x'])
    expect(schema.fields.filter(({ isNullable }) => isNullable).map(({ name }) => name)).toEqual([
      'UDI',
      'user_id',
      'note',
      'fine',
    ])
    expect(findings.join('\n')).toMatch(/"UDI" is not a feature: it looks like an id \(300 different values\)/)
    expect(findings.join('\n')).toMatch(/"note" is not a feature/)
  })

  test.each([
    ['1', '0'],
    ['1.0', '0.0'],
    ['True', 'False'],
    [' 1', ' 0'],
  ])('the label "%s" is the anomaly 1', async (anomaly, normal) => {
    const { history, schema } = await read(`x,label\n1,${normal}\n2,${anomaly}\n3,${normal}\n`)
    expect([...history.labels]).toEqual([0, 1, 0])
    expect(schema.label.anomaly).toBe('1')
  })

  test('of a label with many values, all but the anomaly are normal, and a finding says so', async () => {
    const { history, findings } = await read('x,kind\n1,normal\n2,worm\n3,scan\n', {
      label: { column: 'kind', anomaly: 'worm' },
    })
    expect([...history.labels]).toEqual([0, 1, 0])
    expect(findings.join('\n')).toMatch(/the label "kind" has 3 values: .* all but worm are taken as normal/)
  })
})

describe('broken rows', () => {
  const line = (n: number) => `${n},${n % 10},${n % 50 ? 0 : 1}`

  test('up to 1 % are left out, counted and shown with their lines', async () => {
    const content = csv('x,y,label', 1000, (n) => {
      if (n === 10) return '1,2'
      if (n === 20) return '1,2,3,4'
      if (n === 30) return 'many,2,0'
      return line(n)
    })
    const { history, findings } = await read(content)
    expect(history.rows).toBe(997)
    const finding = findings.find((text) => text.includes('broken'))
    expect(finding).toMatch(
      /^3 of 1000 rows are broken \(0\.3 %\): line 12: .*Found: 2; line 22: .*Found: 4; line 32: "x" is "many", expected a number; they are left out$/,
    )
  })

  test('a row that starts after quoted line ends is shown with its own line', async () => {
    const content = csv('x,note,label', 1000, (n) =>
      n === 5 ? '1,"a\nb\nc",0' : n === 30 ? 'many,b,0' : `${n},b,${n % 50 ? 0 : 1}`,
    )
    const { findings } = await read(content)
    expect(findings.join('\n')).toContain('line 34: "x" is "many"')
  })

  test('more than 1 % with another number of columns are an error with examples', async () => {
    const { code, message } = await refusal(csv('x,y,label', 1000, (n) => (n % 50 === 7 ? '1,2,0,9' : line(n))))
    expect(code).toBe('HISTORY_TOO_MANY_BROKEN_ROWS')
    expect(message).toMatch(/20 of 1000 rows are broken \(2 %\): line 9: .*expected at most 1 %; mend the file/)
  })

  test('texts in more than 1 % of a column of numbers are an error that names the column', async () => {
    const { code, message } = await refusal(csv('x,y,label', 1000, (n) => (n % 40 === 7 ? `bad,1,0` : line(n))))
    expect(code).toBe('HISTORY_TOO_MANY_BROKEN_ROWS')
    expect(message).toMatch(/line 9: "x" is "bad", expected a number; .*events\.ignore/)
  })

  test('infinity and what is too large for a vector are no numbers', async () => {
    const { history } = await read(
      csv('x,y,label', 1000, (n) => (n === 5 ? 'inf,1,0' : n === 6 ? '1e39,1,0' : line(n))),
    )
    expect(history.rows).toBe(998)
  })

  test('a JSON line that is none is a broken row', async () => {
    const lines = Array.from({ length: 500 }, (_, n) =>
      n === 40 ? '{"x": 1,' : JSON.stringify({ x: n, label: n % 50 ? 0 : 1 }),
    )
    const { history, findings } = await read(lines.join('\n'), {}, 'broken.jsonl')
    expect(history.rows).toBe(499)
    expect(findings.join('\n')).toContain('line 41: no JSON object')
  })
})

describe('what cannot be trained on is refused', () => {
  test('a file that is not there', async () => {
    const error = await readHistory(join(dir, 'nothing.csv'), { detector: 'test' }).catch((e: unknown) => e)
    expect(error).toMatchObject({
      code: 'HISTORY_FILE_MISSING',
      message: expect.stringContaining('nothing.csv does not exist'),
    })
  })

  test.each([
    ['no bytes', ''],
    ['a header alone', 'a,b,label\n'],
  ])('an empty file: %s', async (_, content) => {
    expect((await refusal(content)).code).toBe('HISTORY_EMPTY')
  })

  test('a file that is not what its ending says', async () => {
    const { code, message } = await refusal(plain, {}, 'false.parquet')
    expect(code).toBe('HISTORY_UNREADABLE')
    expect(message).toContain('false.parquet could not be read')
  })

  test('a zipped file that was cut off', async () => {
    const zipped = gzipSync(csv('x,label', 5000, (n) => `${Math.sin(n)},${n % 9 ? 0 : 1}`))
    const { code, message } = await refusal(zipped.subarray(0, zipped.length / 2), {}, 'cut.csv.gz')
    expect(code).toBe('HISTORY_UNREADABLE')
    expect(message).toMatch(
      /cut\.csv\.gz could not be read: unexpected end of file; .*check its ending and that it is whole/,
    )
  })

  test('a JSON list in place of lines', async () => {
    const { code, message } = await refusal('[{"x": 1, "label": 0}, {"x": 2, "label": 1}]', {}, 'list.json')
    expect(code).toBe('HISTORY_UNREADABLE')
    expect(message).toContain('its lines are not JSON objects')
  })

  test('a text file of another encoding than UTF-8, with its lines', async () => {
    const content = Buffer.from(
      csv('x,name,label', 300, (n) => `${n},caf\xe9,${n % 9 ? 0 : 1}`),
      'latin1',
    )
    const { code, message } = await refusal(content, {}, 'latin1.csv')
    expect(code).toBe('HISTORY_TOO_MANY_BROKEN_ROWS')
    expect(message).toMatch(/300 of 300 rows are broken .* line 2: .*not utf-8 encoded/)
  })

  test('no column that is called like a label: the columns are listed', async () => {
    const { code, message } = await refusal('a,b\n1,0\n2,1\n')
    expect(code).toBe('HISTORY_LABEL_UNKNOWN')
    expect(message).toMatch(/name it in events\.label .* its columns: a, b$/)
  })

  test('a name that is no column, with the nearest one', async () => {
    const { code, message } = await refusal(plain, { label: 'lable', amount: 'amuont' })
    expect(code).toBe('HISTORY_COLUMN_MISSING')
    expect(message).toMatch(
      /events\.label: no column "lable"; did you mean "label"\?; events\.amount: no column "amuont"; did you mean "amount"\?/,
    )
  })

  test('one class only', async () => {
    expect(await refusal('x,label\n1,0\n2,0\n')).toMatchObject({
      code: 'HISTORY_ONE_CLASS',
      message: expect.stringContaining('0 (2 rows)'),
    })
    expect((await refusal('x,label\n1,1\n2,1\n')).code).toBe('HISTORY_ONE_CLASS')
  })

  test('a label that never has the anomaly’s value: its values are listed', async () => {
    const { code, message } = await refusal('x,label\n1,normal\n2,normal\n3,worm\n')
    expect(code).toBe('HISTORY_LABEL_VALUE_MISSING')
    expect(message).toContain('it has normal (2 rows), worm (1 rows)')
  })

  test('rows without a label, with their lines', async () => {
    const { code, message } = await refusal('x,label\n1,0\n2,\n3,1\n')
    expect(code).toBe('HISTORY_LABEL_MISSING')
    expect(message).toMatch(/1 of 3 rows have no label in "label" \(line 3\)/)
  })

  test.each(['NaN', 'NA', 'null', ' nan '])('a label that is %j is none, not a normal row', async (mark) => {
    const { code, message } = await refusal(`x,label\n1,0\n2,${mark}\n3,1\n`)
    expect(code).toBe('HISTORY_LABEL_MISSING')
    expect(message).toContain('line 3')
  })

  test.each(['amount', 'entity', 'weight', 'id', 'time'] as const)('a label that is also the %s', async (role) => {
    expect(await refusal(plain, { label: 'label', [role]: 'label' })).toMatchObject({ code: 'HISTORY_ROLE_CONFLICT' })
  })

  test('a label that is also ignored', async () => {
    const { code, message } = await refusal(plain, { label: 'label', ignore: ['label'] })
    expect(code).toBe('HISTORY_ROLE_CONFLICT')
    expect(message).toMatch(/"label" is both events\.label and events\.ignore/)
  })

  test.each(['amount', 'weight'] as const)('text in the configured %s', async (role) => {
    const { code, message } = await refusal(plain, { label: 'label', [role]: 'kind' })
    expect(code).toBe('HISTORY_NOT_NUMERIC')
    expect(message).toMatch(new RegExp(`"kind" \\(events\\.${role}\\): line 2: "kind" is "a", expected a number`))
  })

  test('a time that is none in its unit', async () => {
    const { code, message } = await refusal(plain, { label: 'label', time: { column: 'kind', unit: 's' } })
    expect(code).toBe('HISTORY_TIME_INVALID')
    expect(message).toMatch(/line 2: "kind" is "a", expected a number.*unit iso, s, ms or us/)
  })

  test('no column that can be a feature', async () => {
    const { code, details } = await refusal('when,label\n2026-01-01,0\n2026-01-02,1\n', {
      time: undefined,
      ignore: ['when'],
    })
    expect(code).toBe('HISTORY_NO_FEATURES')
    expect(details).toBeDefined()
  })
})

describe('historyFingerprint', () => {
  test('one changed cell, id or label changes it; reading twice does not', async () => {
    const print = async (content: string) => historyFingerprint((await read(content)).history)
    const first = await print(plain)
    expect(first).toMatch(/^[0-9a-f]{64}$/)
    expect(await print(plain)).toBe(first)
    expect(await print(plain.replace('1.5', '1.6'))).not.toBe(first)
    expect(await print(plain.replace('3,,true,0', '3,,true,1'))).not.toBe(first)
  })
})
