// A process that appends, killed at a seeded moment: what it had been told is durable is there, whole, once, and in order.

import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { systemClock } from '../../src/core/clock.ts'
import { Random } from '../../src/core/random.ts'
import { openEmbeddedStream } from '../../src/stream/embedded.ts'
import { readAll, text } from './stream.ts'

const script = join(import.meta.dirname, 'stream-appender.ts')

/** What the child printed before it was killed, whole lines only. */
async function appendUntilKilled(dir: string, afterLines: number): Promise<string[][]> {
  const child = spawn(process.execPath, [script, dir], { stdio: ['ignore', 'pipe', 'inherit'] })
  let printed = ''
  for await (const chunk of child.stdout) {
    printed += chunk
    if (printed.split('\n').length > afterLines) child.kill('SIGKILL')
  }
  return printed
    .split('\n')
    .slice(0, -1)
    .map((line) => line.split(' '))
}

test('after kill -9 every acknowledged record is there, whole, once, at the position that was answered', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'tocsin-crash-'))
  const seed = Number(process.env.TOCSIN_SEED ?? 20261122)
  const random = new Random(seed)
  const acknowledged: string[][] = []
  for (let round = 0; round < 4; round++) acknowledged.push(...(await appendUntilKilled(dir, 20 + random.below(150))))

  const stream = await openEmbeddedStream({ dir, partitions: 3, clock: systemClock })
  const records = await readAll(stream)
  const at = new Map(records.map((record) => [`${record.partition} ${record.position}`, record]))
  for (const [producer, number, ...places] of acknowledged) {
    const [first, second] = [at.get(`${places[0]} ${places[1]}`), at.get(`${places[2]} ${places[3]}`)]
    expect([first?.key, second?.key]).toEqual([`p${producer}`, `twin of p${producer}`])
    expect(text(first!).split(' ')[0]).toBe(number)
  }
  const torn = records.filter((record) => {
    const [number, body] = text(record).split(' ')
    return body?.length !== Number(number) % 5000
  })
  expect(torn).toEqual([])
  // An append is taken whole or not at all: the twins are equally many.
  const twins = records.filter(({ key }) => key.startsWith('twin'))
  expect(twins.length * 2).toBe(records.length)
  expect(acknowledged.length).toBeGreaterThanOrEqual(80)
  console.log(`seed ${seed}: 4 kills, ${2 * acknowledged.length} events acknowledged`)
  await stream.close()
  await rm(dir, { recursive: true })
})
