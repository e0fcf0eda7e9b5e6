import { expect, it } from 'vitest'
import { exampleDelivery, exampleSummary } from '../../../test/contract/receiver.ts'
import { type HttpCall, vendorContract } from '../../../test/contract/vendor.ts'
import { systemClock } from '../../core/clock.ts'
import { openHttp } from '../http.ts'
import { snsReceiver, snsSubject } from './sns.ts'

const config = {
  topicArn: 'arn:aws:sns:us-east-1:123456789012:fraud',
  region: 'us-east-1',
  accessKeyId: 'AKIDEXAMPLE',
  secretAccessKey: 's3cret',
  message: 'text',
  timeoutMs: 5_000,
} as const

const answer = (inner: string) =>
  `<PublishResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/">${inner}</PublishResponse>`
const error = (type: string, code: string, message: string) =>
  `<ErrorResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><Error><Type>${type}</Type><Code>${code}</Code><Message>${message}</Message></Error><RequestId>1</RequestId></ErrorResponse>`
const xml = { 'content-type': 'text/xml' }
const form = ({ body }: HttpCall) => new URLSearchParams(body)

/** The value of the attribute of a name, as the query protocol numbers them. */
function attribute(call: HttpCall, name: string): string {
  const fields = form(call)
  const [entry] = [...fields].find(([key, value]) => key.endsWith('.Name') && value === name)!
  return fields.get(entry.replace('.Name', '.Value.StringValue'))!
}

// docs.aws.amazon.com/sns/latest/api/API_Publish.html: "Errors"; the AWS SDK itself is the client.
vendorContract('sns', {
  receiver: (url, parts) => snsReceiver('sns', { ...config, endpoint: url }, parts),
  hears: {
    status: 200,
    headers: xml,
    body: answer('<PublishResult><MessageId>567910cd-659e-55d4-8ccb-5aaf14679dc0</MessageId></PublishResult>'),
  },
  fails: { status: 500, headers: xml, body: error('Receiver', 'InternalError', 'An internal error') },
  refuses: { status: 404, headers: xml, body: error('Sender', 'NotFound', 'Topic does not exist') },
  busy: {
    status: 429,
    headers: { ...xml, 'retry-after': '2' },
    body: error('Sender', 'Throttled', 'Rate exceeded'),
    waitMs: 2_000,
  },
  key: (call) => attribute(call, 'tocsin_id'),
  text: (call) => `${form(call).get('Subject')}\n${form(call).get('Message')}`,
})

it('a subject is what Amazon takes: ASCII, one line, under 100 characters', () => {
  expect(snsSubject('Ünï\ncode')).toBe('?n? code')
  expect(snsSubject('x'.repeat(200))).toHaveLength(99)
})

it('a FIFO topic gets the key as its own, and the detector as the group', () => {
  const http = openHttp({ allow: [] })
  const fifo = { ...config, topicArn: `${config.topicArn}.fifo` }
  const receiver = snsReceiver('sns', fifo, { clock: systemClock, http, timeZone: 'UTC' })
  const input = JSON.parse(receiver.preview(exampleDelivery({ message: exampleSummary })).body)
  expect(input).toMatchObject({ MessageDeduplicationId: exampleDelivery().id, MessageGroupId: 'card-fraud' })
  http.close()
})
