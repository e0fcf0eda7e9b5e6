// Nothing in, the page's style sheet out: one type scale, one palette with one alarm colour, light and dark.

/** Plain colours for every class, not custom properties: several mail programs drop those. */
export type Palette = {
  readonly paper: string
  readonly ink: string
  readonly muted: string
  readonly line: string
  readonly calm: string
  readonly alarm: string
}

// Every pair of ink, muted or alarm on paper has a contrast of at least 4.5 to 1 (WCAG 2.2, 1.4.3).
export const light: Palette = {
  paper: '#ffffff',
  ink: '#1b1f24',
  muted: '#5f6872',
  line: '#dfe3e8',
  calm: '#6d87a3',
  alarm: '#c0321c',
}
export const dark: Palette = {
  paper: '#15181c',
  ink: '#e8eaed',
  muted: '#9aa4af',
  line: '#30363d',
  calm: '#7791ad',
  alarm: '#ff7f6b',
}

function colours({ paper, ink, muted, line, calm, alarm }: Palette): string {
  return `body,.page{background:${paper};color:${ink}}
.muted,th,.note{color:${muted}}
.alarm,.alarming .figure{color:${alarm}}
.figures,.rows tr,.facts tr{border-color:${line}}
.tick{fill:${muted}}
.grid{stroke:${line}}
.bar{fill:${calm}}
.alarm-bar,.threshold-text{fill:${alarm}}
.threshold{stroke:${alarm}}
.notice{border-color:${alarm}}`
}

// Four sizes: 12 marks and heads, 15 text, 20 headings, 30 the figures of the day.
const shapes = `body{margin:0;-webkit-text-size-adjust:100%}
body,table{font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif}
table{border-collapse:collapse;border-spacing:0;width:100%}
td,th{padding:0;text-align:left;vertical-align:top;font-weight:400}
.frame{max-width:760px;margin:0 auto;padding:40px 24px 56px}
h1{font-size:30px;line-height:1.2;font-weight:650;letter-spacing:-.01em;margin:2px 0 0}
h2{font-size:20px;line-height:1.3;font-weight:650;margin:44px 0 4px}
p{margin:0;overflow-wrap:anywhere}
.muted,.note{font-size:15px}
.lead{font-size:20px;line-height:1.45;margin:22px 0 0}
.todo{margin:10px 0 0}
.notice{border-left:3px solid;padding-left:12px;margin:22px 0 0}
.note{margin-bottom:14px}
.figures{border-top:1px solid;border-bottom:1px solid;margin-top:32px}
.figures td{padding:16px 16px 14px 0;width:33%}
.figure{font-size:30px;line-height:1.2;font-weight:650;letter-spacing:-.01em;white-space:nowrap}
.number,.figure,.time,.facts,svg{font-variant-numeric:tabular-nums}
.small,th,.tick,.threshold-text{font-size:12px}
svg{display:block;overflow:visible;font-family:inherit}
.grid{stroke-width:1}
.threshold{stroke-width:1;stroke-dasharray:3 3}
.rows tr,.facts tr{border-bottom:1px solid}
.rows th{padding:4px 14px 6px 0;white-space:nowrap}
.rows td{padding:9px 14px 9px 0;overflow-wrap:anywhere}
.rows td:last-child,.rows th:last-child{padding-right:0}
.rows .number,.rows .time,.rows .label{white-space:nowrap;overflow-wrap:normal}
.rows .name{overflow-wrap:break-word}
.alerts .name{white-space:nowrap}
.moved{margin-top:10px}
.rows .number{text-align:right}
.rows .share{width:22%;padding-top:16px}
.facts th{width:150px;padding:9px 14px 9px 0;font-size:15px}
.facts td{padding:9px 0}
.foot{margin-top:40px}`

const phone = `.frame{padding:24px 16px 40px}
h1{font-size:20px}
.lead{font-size:15px;margin-top:16px}
h2{margin-top:36px}
.figures td{display:inline-block;width:48%;padding:10px 0}
.figures .main{display:block;width:auto}
.alerts tr{display:grid;grid-template-columns:minmax(5em,auto) minmax(0,1fr) auto 4.4em;padding:8px 0}
.alerts th,.alerts td{padding:0 8px 2px 0}
.alerts .score{grid-column:4;padding-right:0}
.alerts .name{white-space:normal}
.alerts .reason{grid-column:1/4}
.alerts .label{text-align:right}
.signs tr{display:grid;grid-template-columns:minmax(0,1fr) auto;padding:8px 0}
.signs th,.signs td{padding:0 0 2px}
.signs th:last-child,.signs td:last-child{grid-column:1/3}
.signs .share{display:none}
.facts th,.facts td{display:block;width:auto}
.facts th{padding:9px 0 0}
.facts td{padding:0 0 9px}`

export const styleSheet = `:root{color-scheme:light dark}
${shapes}
${colours(light)}
@media (prefers-color-scheme:dark){${colours(dark)}}
@media (max-width:560px){${phone}}`
