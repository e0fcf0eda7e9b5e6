import { expect, it } from 'vitest'
import { exampleDelivery } from '../../../test/contract/receiver.ts'
import { jsonOf, vendorContract } from '../../../test/contract/vendor.ts'
import { systemClock } from '../../core/clock.ts'
import { teamsReceiver } from './teams.ts'

// learn.microsoft.com: "Create incoming webhooks with Workflows for Microsoft Teams"; errors as Azure Logic Apps words them.
vendorContract('teams', {
  receiver: (url, parts) => teamsReceiver('teams', { url: `${url}/workflows/x?sig=s3cret`, timeoutMs: 5_000 }, parts),
  hears: { status: 202 },
  fails: { status: 502, body: '{"error":{"code":"NoResponse","message":"The server did not receive a response"}}' },
  refuses: {
    status: 400,
    body: '{"error":{"code":"WorkflowTriggerIsNotEnabled","message":"The trigger is not enabled."}}',
  },
  busy: { status: 429, headers: { 'retry-after': '10' }, waitMs: 10_000 },
  key: (call) => jsonOf(call).attachments[0].content.id,
})

it('is a card of plain text with a button for each answer', () => {
  const answers = { anomaly: 'https://t.example/a', normal: 'https://t.example/n', unsure: 'https://t.example/u' }
  const parts = {
    ...{ clock: systemClock, timeZone: 'UTC', answerUrls: () => answers },
    post: () => Promise.reject(new Error('nothing is sent here')),
  }
  const receiver = teamsReceiver('teams', { url: 'https://teams.example/x', timeoutMs: 1_000 }, parts)
  const [attachment] = JSON.parse(receiver.preview(exampleDelivery()).body).attachments
  expect(attachment.contentType).toBe('application/vnd.microsoft.card.adaptive')
  const { body, actions } = attachment.content
  expect(new Set(body.map(({ type }: { type: string }) => type))).toEqual(new Set(['RichTextBlock']))
  expect(actions.map(({ title }: { title: string }) => title)).toEqual(['See it', 'Anomaly', 'Normal', 'Unsure'])
  expect(actions[1].url).toBe('https://t.example/a')
})
