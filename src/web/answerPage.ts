// What a link of a message asks in, a page out that asks once more before anything is written; mail scanners follow links.

import type { AlertView, AnswerRecord } from '../core/alert.ts'

type Answer = AnswerRecord['answer']

type Words = { readonly title: string; readonly button: string; readonly meaning: string; readonly done: string }

/** What each answer is called, and what it does, in words. */
const words: Readonly<Record<Answer, Words>> = {
  anomaly: {
    title: 'An anomaly?',
    button: 'Yes, an anomaly',
    meaning: 'It was one: this teaches the next model, and counts for the day’s precision.',
    done: 'Recorded as an anomaly.',
  },
  normal: {
    title: 'A false alarm?',
    button: 'No, it was normal',
    meaning: 'A false alarm: this teaches the next model, and counts for the day’s precision.',
    done: 'Recorded as normal.',
  },
  unsure: {
    title: 'Not sure?',
    button: 'I am not sure',
    meaning: 'Kept with the alert, for whoever looks at it next. It is no label.',
    done: 'Recorded that you are unsure.',
  },
  silence: {
    title: 'Silence this entity for a day?',
    button: 'Silence for a day',
    meaning: 'No messages about this entity for 24 hours. Alerts still stand in the console and on the daily page.',
    done: 'Silenced for 24 hours.',
  },
}

/** The form; it is sent to the address that it came from. */
export function confirmPage({
  answer,
  alert,
  timeZone,
}: {
  answer: Answer
  alert: AlertView
  timeZone: string
}): string {
  const { title, button, meaning } = words[answer]
  return page(
    title,
    `${facts(alert, timeZone)}
<form method="post">
<p>${meaning}</p>
<label for="by">Your name</label>
<input id="by" name="by" autocomplete="name" maxlength="200" required>
<label for="note">Why (if you like)</label>
<textarea id="note" name="note" rows="2" maxlength="2000"></textarea>
<button type="submit">${button}</button>
</form>`,
  )
}

export function donePage({ answer, alert, url }: { answer: Answer; alert: AlertView; url: string }): string {
  return page(
    words[answer].done,
    `<p>Thank you. ${who(alert)}</p><p><a href="${escapeHtml(url)}">See the alert</a></p>`,
  )
}

/** What somebody has said through this link before. */
export function spentPage(given: AnswerRecord | undefined, url: string): string {
  const said = given
    ? `<p>${escapeHtml(given.by)} said <b>${given.answer}</b> at ${at(given.answeredAt, 'UTC')}.</p>`
    : ''
  return page(
    'This link has been used',
    `${said}<p>To say something else, <a href="${escapeHtml(url)}">answer in the console</a>.</p>`,
  )
}

export function refusalPage(title: string, detail: string): string {
  return page(title, `<p>${escapeHtml(detail)}</p>`)
}

function facts(alert: AlertView, timeZone: string): string {
  const amount = alert.amount === null ? '' : ` · ${alert.amount.toFixed(2)} at risk`
  const reasons = alert.reasons.slice(0, 3).map(({ text }) => `<li>${escapeHtml(text)}</li>`)
  const label =
    alert.label === null ? '' : `<p class="soft">Labelled ${alert.label} by ${escapeHtml(alert.labelledBy ?? '')}.</p>`
  return `<p class="who">${who(alert)}</p>
<p class="soft">${at(alert.eventTime, timeZone)} · score ${alert.score.toFixed(3)}${amount}</p>
<ul>${reasons.join('')}</ul>${label}`
}

function who({ entity, eventId }: AlertView): string {
  return escapeHtml(entity ?? `event ${eventId}`)
}

function at(timeMs: number, timeZone: string): string {
  return new Intl.DateTimeFormat('en-GB', { timeZone, dateStyle: 'medium', timeStyle: 'long' }).format(timeMs)
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character]!)
}

function page(title: string, body: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<title>${title} · Tocsin</title>
<style>
:root { --page: #f5f6f8; --paper: #fff; --ink: #1b1f24; --soft: #5f6872; --line: #8a939c; --alarm: #c0321c }
@media (prefers-color-scheme: dark) {
  :root { --page: #0f1114; --paper: #15181c; --ink: #e8eaed; --soft: #9aa4af; --line: #6b7580; --alarm: #ff7f6b }
}
* { box-sizing: border-box }
body { margin: 0; background: var(--page); color: var(--ink); font: 16px/24px system-ui, sans-serif }
main { max-width: 480px; margin: 8vh auto; padding: 28px 32px 32px; background: var(--paper); border-top: 4px solid var(--alarm); border-radius: 6px }
h1 { margin: 0 0 16px; font-size: 24px; line-height: 30px }
p, ul { margin: 0 0 12px; overflow-wrap: anywhere }
ul { padding-left: 20px }
.who { margin: 0; font-weight: 600 }
.soft { color: var(--soft); font-size: 14px; line-height: 20px }
label { display: block; margin: 16px 0 4px; font-weight: 600; font-size: 14px }
input, textarea { width: 100%; padding: 10px 12px; border: 1px solid var(--line); border-radius: 6px; background: var(--page); color: var(--ink); font: inherit }
button { width: 100%; margin-top: 24px; padding: 12px; border: 0; border-radius: 6px; background: var(--ink); color: var(--paper); font: 600 16px/24px system-ui, sans-serif; cursor: pointer }
a { color: inherit }
:focus-visible { outline: 3px solid var(--alarm); outline-offset: 2px }
@media (max-width: 520px) { main { margin: 0; min-height: 100vh; padding: 20px; border-radius: 0 } }
</style>
</head>
<body><main>
<h1>${title}</h1>
${body}
</main></body>
</html>
`
}
