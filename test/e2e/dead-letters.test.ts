// Dead letters on the command line, beside a store that a system has filled: listed, shown, mended, replayed.

import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { systemClock } from '../../src/core/clock.ts'
import { openRegistry } from '../../src/registry/registry.ts'
import { openEmbeddedStore } from '../../src/store/embedded.ts'
import { openEmbeddedStream } from '../../src/stream/embedded.ts'
import { payment, smallArtifact } from '../rig/artifact.ts'
import { runTocsin, tempDir } from './tocsin.ts'

const detector = 'card-fraud'

test('a dead letter is found by its reason, mended in a file, and is in the stream again', async () => {
  const dir = await tempDir()
  await writeFile(join(dir, 'tocsin.yaml'), `detector: ${detector}\ndataDir: data\n`)
  const store = await openEmbeddedStore({ dir: join(dir, 'data'), clock: systemClock })
  const registry = openRegistry({ store, detector })
  const { version } = await registry.register(smallArtifact, Date.now())
  await registry.promote(version, 'champion', 'the test')
  const bytes = Buffer.from(JSON.stringify({ ...payment('t1', 12), amount: 'many' }))
  const letter = { detector, partition: 0, position: 0, bytes, code: 'EVENT_FIELD_TYPE', reason: 'amount is text' }
  await store.commit({
    ...{ detector, partition: 0, expected: 0, next: 1, watermark: Number.NEGATIVE_INFINITY, duplicates: 0 },
    ...{ decisions: [], deadLetters: [letter], alerts: [], deliveries: [] },
  })
  await store.close()

  expect((await runTocsin(['dead-letters'], dir)).out).toMatch(/1 +\d{4}-.*EVENT_FIELD_TYPE.*t1/)
  expect((await runTocsin(['dead-letters', 'show', '1'], dir)).out).toContain('amount is text')
  const all = await runTocsin(['dead-letters', 'replay', '--all'], dir)
  expect([all.code, all.out, all.err]).toEqual([
    65,
    expect.stringContaining('0 replayed, 1 still cannot be read'),
    expect.stringMatching(/^1: .*amount.*EVENT_FIELD_TYPE/),
  ])
  await writeFile(join(dir, 'mended.json'), JSON.stringify(payment('t1', 12)))
  const { code, out } = await runTocsin(['dead-letters', 'replay', '1', '--with', 'mended.json'], dir)
  expect([code, out]).toEqual([0, expect.stringContaining('partition 0, position 0')])
  expect((await runTocsin(['dead-letters'], dir)).out).toContain('No dead letter waits')

  const stream = await openEmbeddedStream({ dir: join(dir, 'data'), partitions: 1, clock: systemClock })
  expect(await stream.end(0)).toBe(1)
  await stream.close()
})
