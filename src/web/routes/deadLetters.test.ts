// Dead letters over HTTP: listed, shown whole, mended, put into the stream again, over a real store, stream and loop.

import { afterEach, beforeEach, expect, test } from 'vitest'
import { payment } from '../../../test/rig/artifact.ts'
import { openWebRig } from '../../../test/rig/web.ts'

let rig: Awaited<ReturnType<typeof openWebRig>>
beforeEach(async () => {
  rig = await openWebRig()
  const bad = { ...payment('t1', 12), amount: 'many' }
  await rig.app.inject({ method: 'POST', url: '/v1/events?onInvalid=deadLetter', payload: [bad] })
  await rig.decide()
})
afterEach(() => rig.close())

const get = async (url: string) => (await rig.app.inject({ method: 'GET', url })).json()
const replay = (payload: object) => rig.app.inject({ method: 'POST', url: '/v1/dead-letters/1/replay', payload })

test('one is shown with its reason and all of its bytes', async () => {
  const letter = await get('/v1/dead-letters/1')
  expect(letter).toMatchObject({ id: 1, code: 'EVENT_FIELD_TYPE', replayedAt: null })
  expect(JSON.parse(Buffer.from(letter.bytes, 'base64').toString())).toMatchObject({ amount: 'many' })
  expect((await rig.app.inject('/v1/dead-letters/9')).json()).toMatchObject({
    status: 404,
    code: 'DEAD_LETTER_UNKNOWN',
  })
})

test('one that still cannot be read is refused, says why, and goes on waiting', async () => {
  const answer = await replay({})
  expect([answer.statusCode, answer.json().code]).toEqual([422, 'EVENT_FIELD_TYPE'])
  expect((await get('/v1/dead-letters?state=open')).deadLetters).toHaveLength(1)
  expect(await rig.stream.end(0)).toBe(1)
})

test('mended it is decided like any other event, once', async () => {
  expect((await replay({ text: JSON.stringify(payment('t1', 12)) })).json()).toEqual({
    id: 1,
    partition: 0,
    position: 1,
  })
  await rig.decide()
  expect(await rig.store.decision('card-fraud', 't1')).toMatchObject({ amount: 12, outcome: 'pass' })
  expect((await get('/v1/dead-letters?state=open')).deadLetters).toEqual([])
  expect((await get('/v1/dead-letters')).deadLetters).toMatchObject([{ id: 1, replayedAt: expect.any(String) }])
  const again = await replay({ text: JSON.stringify(payment('t1', 12)) })
  expect([again.statusCode, again.json().code]).toEqual([409, 'DEAD_LETTER_REPLAYED'])
})

test('how many came of late is there for an alarm to watch', async () => {
  expect((await rig.app.inject('/metrics')).body).toMatch(/tocsin_dead_letters_10m\{detector="card-fraud"\} 1/)
})
