// `tocsin notify` as a person runs it: tests of receivers, messages that were given up, another try.

import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { openWebhookServer } from '../contract/sides.ts'
import { runTocsin, startTocsin, stop, tempDir } from './tocsin.ts'

async function setUp() {
  const dir = await tempDir()
  const state = { status: 204 }
  const hook = await openWebhookServer((response) => response.writeHead(state.status).end())
  onTestFinished(() => hook.close())
  const config = `
web: {port: 0}
outbound: {allow: [loopback]}
notify:
  inbox: {kind: inbox}
  hook: {kind: webhook, url: "http://127.0.0.1:${hook.port}/", secret: "whsec_${Buffer.alloc(32, 7).toString('base64')}"}
`
  await writeFile(join(dir, 'tocsin.yaml'), config)
  return { dir, hook, state }
}

test('a test goes the way of every message, whether a system runs or not, and says what came of it', {
  timeout: 60_000,
}, async () => {
  const { dir, hook, state } = await setUp()
  const alone = await runTocsin(['notify', 'test'], dir)
  expect(alone).toMatchObject({
    code: 0,
    out: expect.stringMatching(/✔ inbox \(inbox\): heard[\s\S]*✔ hook \(webhook\): heard/),
  })
  expect(JSON.parse(hook.received[0]!.body)).toMatchObject({ type: 'notice.sent', data: { topic: 'test' } })

  const up = startTocsin(['up', '--log-level', 'error'], dir)
  await up.sees(/console (http:\/\/[^/\s]+)/)
  expect(await runTocsin(['notify', 'test', 'hook'], dir)).toMatchObject({
    code: 0,
    out: expect.stringMatching(/^✔ hook/),
  })
  expect(hook.received).toHaveLength(2)

  state.status = 410
  const refused = await runTocsin(['notify', 'test', 'hook'], dir)
  expect(refused).toMatchObject({ code: 69, out: expect.stringContaining('✘ hook (webhook): 127.0.0.1') })
  const listed = await runTocsin(['notify', 'deliveries', '--state', 'dead'], dir)
  const id = /dl_test_\S+/.exec(listed.out)![0]
  expect(listed.out).toContain('answered 410 (gone)')

  state.status = 204
  expect((await runTocsin(['notify', 'retry', id], dir)).out).toContain('1 message will be tried anew')
  await expect
    .poll(() => hook.received.filter(({ headers }) => headers['webhook-id'] === id).length, { timeout: 10_000 })
    .toBe(2)
  expect((await runTocsin(['notify', 'retry', id], dir)).code).toBe(65)
  expect((await stop(up)).code).toBe(0)
})

test('what cannot be meant is said at once', { timeout: 30_000 }, async () => {
  const { dir } = await setUp()
  expect(await runTocsin(['notify', 'test', 'hooks'], dir)).toMatchObject({
    code: 65,
    err: expect.stringContaining('inbox, hook'),
  })
  expect(await runTocsin(['notify', 'shout'], dir)).toMatchObject({ code: 64 })
  expect(await runTocsin(['notify', 'retry'], dir)).toMatchObject({ code: 64 })
})
