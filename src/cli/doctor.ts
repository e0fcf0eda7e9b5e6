// `tocsin doctor`: what could keep Tocsin from running here, each with what to do.

import { mkdir, statfs } from 'node:fs/promises'
import { obstacle } from '../app/listen.ts'
import { withStore } from '../app/open.ts'
import { explainPolicies } from '../app/policies.ts'
import { type Config, loadConfig } from '../config.ts'
import { TocsinError } from '../core/error.ts'
import { type Command, configOption, jsonOption } from './command.ts'

type Finding = { readonly check: string; readonly isFine: boolean; readonly detail: string }

export const doctor: Command = {
  summary: 'check this machine, the configuration and the data folder',
  usage: '',
  options: { config: configOption, json: jsonOption },
  maxPositionals: 0,
  async run({ values, terminal, environment }) {
    const findings = await examine(String(values.config), environment)
    if (values.json) terminal.json(findings)
    else
      for (const { check, isFine, detail } of findings)
        terminal.line(
          `${isFine ? terminal.style('green', '✔') : terminal.style('red', '✘')} ${check.padEnd(14)} ${detail}`,
        )
    return findings.every(({ isFine }) => isFine) ? 0 : 65
  },
}

async function examine(path: string, environment: NodeJS.ProcessEnv): Promise<Finding[]> {
  const findings = [
    { check: 'Node', isFine: true, detail: `${process.version} on ${process.platform}-${process.arch}` },
  ]
  const config = await loadConfig(path, environment).catch(toMessage)
  if (typeof config === 'string') return [...findings, { check: 'configuration', isFine: false, detail: config }]
  findings.push({ check: 'configuration', isFine: true, detail: `${path}: detector ${config.detector}` })
  for (const [check, examineOne] of [
    ['data folder', dataFolder],
    ['model', championModel],
    ['address', address],
    ['receivers', receivers],
  ] as const) {
    const [isFine, detail] = await examineOne(config).catch((error: unknown) => [false, toMessage(error)] as const)
    findings.push({ check, isFine, detail })
  }
  for (const { name, sentence } of explainPolicies(config))
    findings.push({ check: 'policy', isFine: true, detail: `${name}: ${sentence}` })
  return findings
}

type Answer = readonly [isFine: boolean, detail: string]

async function dataFolder(config: Config): Promise<Answer> {
  await mkdir(config.dataDir, { recursive: true })
  const { bavail, bsize } = await statfs(config.dataDir)
  const freeGb = (bavail * bsize) / 1e9
  return [
    freeGb > 1,
    `${config.dataDir}: ${freeGb.toFixed(1)} GB free${freeGb > 1 ? '' : '; make room: events are refused when the disk is full'}`,
  ]
}

async function championModel(config: Config): Promise<Answer> {
  const { champion } = await withStore(config, (store) => store.aliases(config.detector))
  return champion === undefined
    ? [false, 'none yet; make one with: tocsin train history.csv']
    : [true, `version ${champion} is the champion`]
}

async function address({ web: { host, port } }: Config): Promise<Answer> {
  const found = await obstacle(host, port)
  if (found === undefined) return [true, `${host}:${port} is free`]
  return [
    false,
    `${host}:${port}: ${found === 'EADDRINUSE' ? 'in use (by a running Tocsin?); stop that, or set web.port' : found}`,
  ]
}

async function receivers({ notify }: Config): Promise<Answer> {
  const names = Object.entries(notify).map(([name, { kind }]) => `${name} (${kind})`)
  return names.length > 0 ? [true, names.join(', ')] : [false, 'none: nobody hears of an alert; add one under notify']
}

function toMessage(error: unknown): string {
  if (error instanceof TocsinError || (error instanceof Error && 'code' in error)) return error.message
  throw error
}
