import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readConfig } from '../config.ts'
import { receiver } from './receivers.ts'

const page = await readFile(resolve(import.meta.dirname, '../../docs/notifications.md'), 'utf8')
const environment = {
  SMTP_PASSWORD: 'secret',
  SLACK_WEBHOOK: 'https://hooks.slack.com/services/x',
  TOCSIN_TOKEN: 'sixteen-characters',
}
const read = (text: string) => readConfig(text, 'tocsin.yaml', environment)

let dir: string
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'tocsin-secrets-'))
  await writeFile(join(dir, 'pagerduty'), 'the-key\n')
})
afterAll(() => rm(dir, { recursive: true }))

describe('docs/notifications.md', () => {
  it('shows configuration that is one', () => {
    const pieces = [...page.matchAll(/^```yaml\n([\s\S]*?)^```/gm)].map(([, piece]) =>
      piece!.replace('/run/secrets', dir),
    )
    expect(pieces.length).toBeGreaterThan(2)
    for (const piece of pieces) expect(() => read(piece)).not.toThrow()
  })

  it('names every kind of receiver, and no other', () => {
    const rows = page
      .match(/^\| `.*$/gm)!
      .flatMap((row) => [...row.split('|')[1]!.matchAll(/`(\w+)`/g)].map(([, kind]) => kind))
    const kinds = receiver.options.flatMap(({ shape }) => [...shape.kind.values])
    expect(rows.sort()).toEqual(kinds.sort())
  })
})

describe('a receiver in the configuration', () => {
  it('takes a secret from a file, without the line break at its end', () => {
    const { notify } = read(`notify: {a: {kind: pagerduty, routingKey: "\${file:${dir}/pagerduty}"}}`)
    expect(notify.a).toMatchObject({ routingKey: 'the-key' })
    expect(() => read('notify: {a: {kind: pagerduty, routingKey: "${file:/no/such/file}"}}')).toThrow(
      'file /no/such/file cannot be read (ENOENT)',
    )
  })

  it.each([
    ['http://127.0.0.1:9/', 'loopback'],
    ['http://localhost/', 'loopback'],
    ['http://10.1.2.3/', 'private'],
    ['http://[fd00::1]/', 'private'],
    ['http://169.254.169.254/', 'linkLocal'],
  ])('at %s is refused by its line, with what allows it', (url, network) => {
    const text = (allow: string) => `outbound: {allow: [${allow}]}\nnotify:\n  a: {kind: slack, url: "${url}"}`
    expect(() => read(text(''))).toThrow(`line 3: notify.a.url: `)
    expect(() => read(text(''))).toThrow(`is ${network}, not public; write outbound: {allow: [${network}]}`)
    expect(() => read(text(network))).not.toThrow()
  })

  it('at a reserved address is refused whatever is allowed', () => {
    expect(() =>
      read('outbound: {allow: [private, loopback]}\nnotify: {a: {kind: slack, url: "http://0.0.0.0/"}}'),
    ).toThrow('no message may go there')
  })

  it.each([
    ['{kind: slak, url: "https://h.example"}', /notify\.a/],
    ['{kind: telegram, botToken: "a b", chatId: "1"}', /notify\.a\.botToken: as BotFather gave it/],
    ['{kind: sns, topicArn: "fraud", region: us-east-1}', /notify\.a\.topicArn: arn:aws:sns/],
    ['{kind: ntfy, topic: "a/b"}', /notify\.a\.topic: letters, digits/],
    ['{kind: alertmanager, url: "https://h.example", labels: {"a-b": x}}', /notify\.a\.labels/],
    ['{kind: webPush, contact: ops}', /notify\.a\.contact: mailto/],
    ['{kind: opsgenie}', /notify\.a\.apiKey/],
    ['{kind: slack, url: "https://h.example", templat: {body: x}}', /did you mean "template"/],
  ])('that is wrong is told where and what is expected: %s', (text, message) => {
    expect(() => read(`notify: {a: ${text}}`)).toThrow(message)
  })
})
