// Who gets in: with a token, through a loopback name, from the console's own pages.

import { afterEach, describe, expect, test } from 'vitest'
import { payment } from '../../test/rig/artifact.ts'
import { openWebRig, type WebRig } from '../../test/rig/web.ts'

const token = 'correct-horse-battery'
let rig: WebRig
afterEach(() => rig.close())

const ask = (url: string, headers: Record<string, string> = {}) => rig.app.inject({ method: 'GET', url, headers })

describe('with a token', () => {
  test.each([
    '/v1/stats',
    '/v1/alerts',
    '/v1/live',
    '/metrics',
    '/reports/2026-03-03',
    '/%761/stats',
    '/v1/alerts?x=%zz',
  ])('%s is answered to nobody without it', async (url) => {
    rig = await openWebRig({ token })
    const none = await ask(url)
    expect([none.statusCode, none.json().code, none.headers['www-authenticate']]).toEqual([
      401,
      'TOKEN_MISSING',
      'Bearer',
    ])
    const wrong = await ask(url, { authorization: `Bearer ${token}x` })
    expect([wrong.statusCode, wrong.json().code]).toEqual([401, 'TOKEN_WRONG'])
    expect(wrong.body).not.toContain(token)
  })

  test('a program with the token gets in, through any name of the machine', async () => {
    rig = await openWebRig({ token })
    const answer = await ask('/v1/stats', { authorization: `Bearer ${token}`, host: 'tocsin.example' })
    expect(answer.statusCode).toBe(200)
  })

  test('a body is not even read without the token', async () => {
    rig = await openWebRig({ token })
    const answer = await rig.app.inject({ method: 'POST', url: '/v1/events', payload: payment('t1', 1) })
    expect(answer.statusCode).toBe(401)
    expect(await rig.stream.end(0)).toBe(0)
  })

  test('a browser trades the token in the address for a cookie that does not hold it, and gets in by the cookie', async () => {
    rig = await openWebRig({ token })
    const login = await ask(`/?token=${token}`)
    expect([login.statusCode, login.headers.location]).toEqual([303, '/'])
    const cookie = String(login.headers['set-cookie'])
    expect(cookie).toMatch(/HttpOnly; SameSite=Strict$/)
    expect(cookie).not.toContain(token)
    expect((await ask('/v1/stats', { cookie: cookie.split(';')[0]! })).statusCode).toBe(200)
    expect((await ask('/v1/stats', { cookie: 'a=b; tocsin=0' })).statusCode).toBe(401)
    const refused = await ask('/?token=wrong')
    expect([refused.statusCode, refused.headers['set-cookie']]).toEqual([401, undefined])
  })

  test('health and the document of the API need none', async () => {
    rig = await openWebRig({ token })
    for (const url of ['/healthz', '/readyz', '/openapi.json']) expect((await ask(url)).statusCode).toBe(200)
  })
})

describe('without a token', () => {
  test('only loopback names are answered, so that no page elsewhere gets in through a name of its own', async () => {
    rig = await openWebRig()
    for (const host of ['localhost:4380', '127.0.0.1', '[::1]:4380', 'LOCALHOST'])
      expect((await ask('/v1/stats', { host })).statusCode).toBe(200)
    for (const host of ['evil.example', '127.0.0.1.evil.example', 'localhost.evil.example:4380']) {
      const answer = await ask('/v1/stats', { host })
      expect([answer.statusCode, answer.json().code]).toEqual([403, 'HOST_REFUSED'])
    }
  })

  test('a change from another page is refused; from the console’s own, and from a program, it is taken', async () => {
    rig = await openWebRig()
    const change = (headers: Record<string, string>) =>
      rig.app.inject({
        method: 'POST',
        url: '/v1/events',
        headers: { host: 'localhost:4380', ...headers },
        payload: payment('t1', 1),
      })
    for (const origin of ['http://evil.example', 'http://localhost:9999', 'null']) {
      const answer = await change({ origin })
      expect([answer.statusCode, answer.json().code]).toEqual([403, 'ORIGIN_REFUSED'])
    }
    expect(await rig.stream.end(0)).toBe(0)
    expect((await change({ origin: 'http://localhost:4380' })).statusCode).toBe(202)
    expect((await change({})).statusCode).toBe(202)
  })

  test('every answer carries the headers that keep pages apart', async () => {
    rig = await openWebRig()
    for (const url of ['/v1/stats', '/v1/nothing', '/openapi.json']) {
      const { headers } = await ask(url)
      expect(headers['content-security-policy']).toContain("default-src 'self'")
      expect(headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'cache-control': 'no-store' })
    }
  })
})
