// An alert in words in → a mail's HTML: tables and inline styles only, light and dark, from 320 px.

import { escapeHtml } from './words.ts'

/** What an alert says, in words, nothing escaped yet but everything on one line: text and HTML are made of the same. */
export type AlertWords = {
  /** Whom it is about: the entity, else the event. */
  readonly who: string
  readonly amount: string | null
  readonly score: string
  readonly threshold: string
  readonly time: string
  /** Strongest first, at most three. */
  readonly reasons: readonly string[]
  readonly source: string
  readonly url: string
  readonly answerUrls?: {
    readonly anomaly: string
    readonly normal: string
    readonly unsure: string
    readonly silence?: string
  }
}

// One alarm colour; all else is ink on paper. Mail clients that know no media queries show the light one.
const light = { page: '#f5f6f8', paper: '#ffffff', line: '#dfe3e8', ink: '#1b1f24', soft: '#5f6872', alarm: '#c0321c' }
const dark = { page: '#0f1114', paper: '#15181c', line: '#30363d', ink: '#e8eaed', soft: '#9aa4af', alarm: '#ff7f6b' }
const sans = "-apple-system,'Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif"

/** Every text is escaped here. `score` is drawn as a bar beside its number. */
export function alertHtml(words: AlertWords, { subject, score }: { subject: string; score: number }): string {
  const inside = [head(words), figures(words, score), why(words.reasons), ...answer(words)]
  return frame({
    title: subject,
    preview: words.reasons[0] ?? words.time,
    inside: inside.join('\n'),
    foot: words.source,
  })
}

/** A notice's page: a title, lines of text, a button. */
export function noticeHtml({ title, text, url }: { title: string; text: string; url: string }): string {
  const lines = text
    .split('\n')
    .map(
      (line) =>
        `<p class="ink" style="margin:0 0 4px;font:400 15px/22px ${sans};color:${light.ink};word-break:break-word">${escapeHtml(line) || '&nbsp;'}</p>`,
    )
  const heading = `<h1 class="ink" style="margin:0 0 16px;font:700 22px/28px ${sans};color:${light.ink};word-break:break-word">${escapeHtml(title)}</h1>`
  const inside = [heading, ...lines, button(url, 'Open Tocsin')].join('\n')
  return frame({ title, preview: text.split('\n')[0] ?? '', inside, foot: '' })
}

type Frame = { readonly title: string; readonly preview: string; readonly inside: string; readonly foot: string }

/** `inside` is HTML; all else is text. */
function frame({ title, preview, inside, foot }: Frame): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<title>${escapeHtml(title)}</title>
<style>${styleSheet}</style>
</head>
<body class="page" style="margin:0;padding:0;background:${light.page};-webkit-text-size-adjust:100%">
<div style="display:none;max-height:0;overflow:hidden">${escapeHtml(preview)}</div>
<table role="presentation" class="page" width="100%" cellpadding="0" cellspacing="0" style="background:${light.page}">
<tr><td class="around" align="center" style="padding:32px 16px">
<table role="presentation" class="paper" width="100%" cellpadding="0" cellspacing="0" style="max-width:560px;background:${light.paper};border:1px solid ${light.line};border-top:4px solid ${light.alarm};border-radius:6px;border-collapse:separate">
<tr><td class="inside" align="left" style="padding:28px 36px 32px;font-family:${sans};color:${light.ink}">
${inside}
</td></tr>
</table>
<p class="soft" style="${soft(12)};max-width:560px;margin:16px 0 0;word-break:break-word;overflow-wrap:anywhere">${escapeHtml(foot)}</p>
</td></tr>
</table>
</body>
</html>
`
}

function head({ who, time }: AlertWords): string {
  return `<p class="alarm" style="margin:0 0 6px;font:600 13px/18px ${sans};color:${light.alarm}">Anomaly</p>
<h1 class="ink" style="margin:0;font:700 26px/32px ${sans};color:${light.ink};word-break:break-word;overflow-wrap:anywhere">${escapeHtml(who)}</h1>
<p class="soft" style="${soft(14)};margin:6px 0 0">${escapeHtml(time)}</p>`
}

function figures({ amount, score, threshold }: AlertWords, height: number): string {
  const atRisk = amount === null ? '' : figure('At risk', amount, '')
  const sure = figure(
    'Score',
    score,
    `${bar(height)}<p class="soft" style="${soft(12)};margin:6px 0 0">alerts from ${threshold}</p>`,
  )
  return `<table role="presentation" width="100%" cellpadding="0" cellspacing="0" style="margin:24px 0 0"><tr>${atRisk}${sure}</tr></table>`
}

function figure(name: string, value: string, below: string): string {
  return `<td width="50%" valign="top" style="padding:0 16px 0 0">
<p class="soft" style="${soft(13)};margin:0">${name}</p>
<p class="ink figure" style="margin:2px 0 0;font:600 24px/32px ${sans};font-variant-numeric:tabular-nums;color:${light.ink}">${escapeHtml(value)}</p>
${below}</td>`
}

function bar(share: number): string {
  const percent = Math.round(Math.min(1, Math.max(0, share)) * 100)
  const part = (width: number, name: string, colour: string) =>
    width === 0
      ? ''
      : `<td class="${name}" width="${width}%" height="4" style="height:4px;line-height:4px;font-size:0;background:${colour}">&nbsp;</td>`
  return `<table role="presentation" width="100%" cellpadding="0" cellspacing="0" style="margin:6px 0 0;max-width:180px"><tr>${part(percent, 'full', light.alarm)}${part(100 - percent, 'empty', light.line)}</tr></table>`
}

function why(reasons: readonly string[]): string {
  if (reasons.length === 0) return ''
  const rows = reasons.map(
    (
      reason,
      i,
    ) => `<tr><td class="soft rule" valign="top" width="24" style="${soft(15)};padding:10px 0;border-top:1px solid ${light.line}">${i + 1}</td>
<td class="ink rule" valign="top" style="font:400 15px/22px ${sans};color:${light.ink};padding:10px 0;border-top:1px solid ${light.line};word-break:break-word">${escapeHtml(reason)}</td></tr>`,
  )
  return `<p class="ink" style="margin:28px 0 8px;font:600 15px/22px ${sans};color:${light.ink}">Why</p>
<table role="presentation" width="100%" cellpadding="0" cellspacing="0">${rows.join('\n')}</table>`
}

/** The links by which a person answers, in the order in which they are shown. */
export function answerLinks({ anomaly, normal, unsure, silence }: NonNullable<AlertWords['answerUrls']>) {
  const links = [
    { label: 'Anomaly', href: anomaly },
    { label: 'Normal', href: normal },
    { label: 'Unsure', href: unsure },
  ]
  return silence === undefined ? links : [...links, { label: 'Silence this entity for a day', href: silence }]
}

function answer({ url, answerUrls }: AlertWords): string[] {
  if (!answerUrls) return [button(url, 'See it and answer')]
  const [anomaly, normal, ...others] = answerLinks(answerUrls)
  const links = [...others, { label: 'See it', href: url }].map(
    ({ label, href }) =>
      `<a class="ink" href="${escapeHtml(href)}" style="color:${light.ink};text-decoration:underline;white-space:nowrap">${label}</a>`,
  )
  return [
    `<p class="ink" style="margin:28px 0 12px;font:600 15px/22px ${sans};color:${light.ink}">Was it an anomaly?</p>`,
    `<table role="presentation" width="100%" cellpadding="0" cellspacing="0"><tr>${choice(anomaly!, 'alarmed')}${choice(normal!, 'calm')}</tr></table>`,
    `<p class="soft" style="font:400 14px/32px ${sans};color:${light.soft};margin:12px 0 0">${links.join(' &nbsp;&nbsp; ')}</p>`,
  ]
}

function choice({ label, href }: { label: string; href: string }, look: 'alarmed' | 'calm'): string {
  const colour = look === 'alarmed' ? light.alarm : light.ink
  const gap = look === 'alarmed' ? '0 8px 0 0' : '0 0 0 8px'
  return `<td width="50%" style="padding:${gap}"><a class="choice ${look}" href="${escapeHtml(href)}" style="display:block;padding:11px 0;border:2px solid ${colour};border-radius:6px;text-align:center;font:600 15px/20px ${sans};color:${colour};text-decoration:none">${label}</a></td>`
}

function button(url: string, label: string): string {
  return `<table role="presentation" class="wide" cellpadding="0" cellspacing="0" style="margin:24px 0 0"><tr><td class="button" align="center" style="background:${light.ink};border-radius:6px">
<a class="label" href="${escapeHtml(url)}" style="display:block;padding:12px 24px;font:600 15px/20px ${sans};color:${light.paper};text-decoration:none">${label}</a>
</td></tr></table>`
}

function soft(size: number): string {
  return `font:400 ${size}px/${Math.round(size * 1.45)}px ${sans};color:${light.soft}`
}

const styleSheet = `
@media (prefers-color-scheme: dark) {
  .page { background: ${dark.page} !important }
  .paper { background: ${dark.paper} !important; border-color: ${dark.alarm} ${dark.line} ${dark.line} !important }
  .ink { color: ${dark.ink} !important }
  .soft { color: ${dark.soft} !important }
  .alarm { color: ${dark.alarm} !important }
  .rule { border-color: ${dark.line} !important }
  .full { background: ${dark.alarm} !important }
  .empty { background: ${dark.line} !important }
  .button { background: ${dark.ink} !important }
  .alarmed { color: ${dark.alarm} !important; border-color: ${dark.alarm} !important }
  .calm { color: ${dark.ink} !important; border-color: ${dark.ink} !important }
  .label { color: ${dark.page} !important }
}
@media (max-width: 480px) {
  .around { padding: 12px 8px !important }
  .inside { padding: 20px 20px 24px !important }
  .wide { width: 100% !important }
}
`
