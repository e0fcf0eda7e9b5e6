// Nothing in, what the training report adds to the daily page's style out: lines, marks, pictures side by side.

import { dark, light, type Palette, styleSheet } from './style.ts'

function colours({ ink, muted, line, calm, alarm, paper }: Palette): string {
  return `.curve{stroke:${calm}}
.other{stroke:${muted}}
.area{fill:${calm}}
.mark{fill:${alarm};stroke:${paper}}
.reach{stroke:${calm}}
.dot{fill:${calm}}
.axis-name{fill:${muted}}
.mark-text{fill:${alarm}}
.error-word{color:${alarm}}
.matrix td{border-color:${line}}
.value{fill:${ink}}`
}

const shapes = `.frame{max-width:920px}
.pair{display:grid;grid-template-columns:1fr 1fr;gap:34px 40px;margin-top:18px}
h3{font-size:15px;line-height:1.35;font-weight:650;margin:0 0 2px}
.pair .note{min-height:3em}
.curve,.other{fill:none;stroke-width:2;vector-effect:non-scaling-stroke;stroke-linejoin:round}
.other{stroke-width:1;stroke-dasharray:4 4}
.area{opacity:.14}
.mark{stroke-width:2}
.reach{stroke-width:2;opacity:.45}
.axis-name,.mark-text,.value{font-size:12px}
.mark-text{font-weight:650}
.figures td{width:auto}
.matrix{margin-top:4px}
.matrix th{padding:0 14px 8px 0}
.matrix td{border-top:1px solid;padding:12px 14px 12px 0;width:38%}
.matrix th[scope=row]{border:0;padding-top:22px;white-space:nowrap}
.count{font-size:20px;font-weight:650;font-variant-numeric:tabular-nums}
.rows .meter{width:19%}
.meter .n{font-variant-numeric:tabular-nums;margin-bottom:3px}
.bars .meter{width:34%;padding-top:17px}
.bars .name{width:auto}
.choices{max-width:560px}
.choices .number{width:20%}
.findings{margin:0;padding:0;list-style:none}
.findings li{margin-top:14px;overflow-wrap:anywhere}
.cases td.name{white-space:nowrap}
.cases td.reason{width:60%}
.none{margin-top:6px}`

const phone = `.choices th,.choices td{padding-left:0;padding-right:5px}
.choices th{white-space:normal;vertical-align:bottom}
.choices .number{width:auto}
.figures td{width:48%}
.pair{grid-template-columns:minmax(0,1fr);gap:30px}
.pair .note{min-height:0}
.periods tr,.stable tr{display:grid;grid-template-columns:minmax(0,1fr) auto auto auto;padding:7px 0}
.periods tr{grid-template-columns:minmax(0,1fr) auto auto}
.periods th,.periods td,.stable th,.stable td{padding:0 0 0 12px}
.periods .name,.stable .name{padding-left:0}
.periods .wide,.stable .wide{display:none}
.stable .number{min-width:4.4em}
.periods .number{min-width:5em}
.signs-3 tr{display:grid;grid-template-columns:1fr 1fr 1fr;gap:0 12px;padding:8px 0}
.signs-3 .name{grid-column:1/4}
.signs-3 th,.signs-3 td{padding:0 0 2px}
.signs-3 .meter{width:auto}
.cases tr{display:grid;grid-template-columns:minmax(0,1fr) auto auto;padding:8px 0}
.cases th,.cases td{padding:0 0 2px 10px}
.cases td.name{padding-left:0;white-space:normal}
.cases th.name{padding-left:0}
.cases td.reason{width:auto}
.cases .when{display:none}
.cases .reason{grid-column:1/4;padding-left:0}
.matrix th[scope=row]{white-space:normal}`

export const trainingStyleSheet = `${styleSheet}
${shapes}
${colours(light)}
@media (prefers-color-scheme:dark){${colours(dark)}}
@media (max-width:560px){${phone}}`
