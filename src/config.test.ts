import { expect, test } from 'vitest'
import { configJsonSchema, loadConfig, parseConfig, readConfig } from './config.ts'
import { TocsinError } from './core/error.ts'

function mistakes(text: string, environment: NodeJS.ProcessEnv = {}): readonly string[] {
  try {
    readConfig(text, 'tocsin.yaml', environment)
  } catch (error) {
    if (error instanceof TocsinError && error.code === 'CONFIG_INVALID') return error.details
    throw error
  }
  return []
}

test('an empty file is a configuration: everything has a default', () => {
  expect(readConfig('', 'tocsin.yaml', {})).toEqual(parseConfig({}))
  expect(parseConfig({}).operatingPoint).toEqual({ alertsPerDay: 50 })
  expect(parseConfig({}).web.host).toBe('127.0.0.1')
})

test('three mistakes are reported at once, each with its line, its path and the nearest right name', () => {
  const found = mistakes(`detector: fraud
events:
  label: Class
  tme: Time
operatingPoint: {alertPerDay: 50}
report: {timeZone: Mars/Base}
`)
  expect(found).toEqual([
    'line 4: events.tme: unknown key; did you mean "time"?',
    'line 5: operatingPoint.alertPerDay: unknown key; did you mean "alertsPerDay"?',
    'line 6: report.timeZone: an IANA time zone, e.g. Europe/Berlin',
  ])
})

test.each([
  ['a threshold of 0.5 is not an operating point', 'operatingPoint: {threshold: 0.5}', /operatingPoint/],
  ['an ill-typed number', 'web: {port: http}', /line 1: web\.port: expected number, received string/],
  ['an address for everyone without a token', 'web: {host: 0.0.0.0}', /web\.host: a token/],
  [
    'a webhook without a Standard Webhooks secret',
    'notify: {hook: {kind: webhook, url: "https://x.org/", secret: abc}}',
    /whsec_/,
  ],
  ['an unknown kind of receiver', 'notify: {hook: {kind: pigeon}}', /notify\.hook\.kind/],
  ['an environment variable that is not set', 'web: {token: "${TOKEN}"}', /environment variable TOKEN is not set/],
  ['broken YAML', 'web: {port: [', /line 1/],
])('%s is refused', (_, text, expected) => {
  expect(mistakes(text).join('\n')).toMatch(expected)
})

test('secrets come from the environment', () => {
  const config = readConfig('web: {host: 0.0.0.0, token: "${TOKEN}"}', 'tocsin.yaml', {
    TOKEN: 'a-token-of-some-length',
  })
  expect(config.web.token).toBe('a-token-of-some-length')
})

test('a file that is not there says how to make one', async () => {
  await expect(loadConfig('/nowhere/tocsin.yaml', {})).rejects.toMatchObject({
    code: 'CONFIG_MISSING',
    message: expect.stringContaining('tocsin init'),
  })
})

test('the JSON Schema for editors knows every section', () => {
  const { properties } = configJsonSchema() as { properties: object }
  expect(Object.keys(properties)).toEqual(
    expect.arrayContaining([
      'detector',
      'events',
      'model',
      'operatingPoint',
      'stream',
      'store',
      'notify',
      'report',
      'web',
    ]),
  )
})
