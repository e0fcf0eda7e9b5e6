// A history whose anomalies only one entity's windows can tell in, whether those are suggested out.

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { parseConfig, readConfig } from '../config.ts'
import { Random } from '../core/random.ts'
import { suggestFeatures } from './suggestFeatures.ts'

const config = parseConfig({
  detector: 'bursts',
  events: { id: 'id', time: 'time', label: 'is_anomaly', amount: 'amount' },
})
const options = { budgetMs: 60_000, labelDelay: '1d' }
const folders: string[] = []
afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true })
})

test('the windows that tell the anomalies are suggested first, as a section that is valid', {
  timeout: 90_000,
}, async () => {
  const { tried, chosen, yaml, without, untried } = await suggestFeatures(config, await bursts('device'), options)
  expect(untried).toBe(0)
  expect(without).toBeLessThan(0.2)
  expect(tried[0]!.group).toMatch(/^device: /)
  expect(chosen[0]!.group).toBe('device: how often in minutes')
  expect(chosen[0]!.averagePrecision).toBeGreaterThan(0.6)
  expect(chosen.some(({ group }) => group.startsWith('account'))).toBe(false)
  const { features } = readConfig(`${yaml}\ndetector: bursts\n`, 'suggested', {})
  expect(features.windows[0]).toMatchObject({ over: 'device', aggregate: ['count', 'timeSinceLast'] })
  expect(features.columns).toEqual(['amount'])
})

test('a column that is called an id, or that events.entity names, is tried too, and one that is ignored is not', async () => {
  const cells = lines('device').map((line) => line.join(','))
  const path = await file(['id,time,is_anomaly,amount,device_id,account', ...cells])
  const groupsOf = async (events: object) => {
    const settings = { ...config, events: { ...config.events, ...events } }
    const { yaml, tried } = await suggestFeatures(settings, path, { ...options, budgetMs: 20_000 })
    return { yaml, entities: new Set(tried.map(({ group }) => group.split(':')[0])) }
  }
  const called = await groupsOf({})
  expect([...called.entities].sort()).toEqual(['account', 'device_id'])
  expect(called.yaml).toContain('over: device_id')
  const named = await groupsOf({ entity: 'account', ignore: ['device_id'] })
  expect([...named.entities]).toEqual(['account'])
}, 90_000)

test('where no window tells anything, none is suggested', { timeout: 90_000 }, async () => {
  const { tried, chosen, yaml } = await suggestFeatures(config, await bursts('nothing'), options)
  expect(tried.length).toBeGreaterThan(4)
  expect(chosen).toEqual([])
  expect(yaml).toBeNull()
})

test('when the time is over, what was not tried is counted', async () => {
  const { untried, tried } = await suggestFeatures(config, await bursts('device'), { ...options, budgetMs: 0.001 })
  expect(tried).toEqual([])
  expect(untried).toBeGreaterThan(4)
})

test('a history without a column that names entities is refused', async () => {
  const path = await file(['id,time,is_anomaly,amount', ...lines('device').map((cells) => cells.slice(0, 4).join(','))])
  await expect(suggestFeatures(config, path, options)).rejects.toMatchObject({ code: 'SUGGEST_NO_ENTITIES' })
})

async function bursts(of: 'device' | 'nothing'): Promise<string> {
  return file(['id,time,is_anomaly,amount,device,account', ...lines(of).map((cells) => cells.join(','))])
}

async function file(content: readonly string[]): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'tocsin-suggest-'))
  folders.push(folder)
  const path = join(folder, 'history.csv')
  await writeFile(path, `${content.join('\n')}\n`)
  return path
}

// A reading about every minute; now and then four within half a minute from one device, each on another account: those are anomalies.
function lines(of: 'device' | 'nothing'): string[][] {
  const random = new Random(7)
  const found: string[][] = []
  let time = Date.parse('2026-01-01T00:00:00Z')
  const add = (label: number, device: number) => {
    const cells = [
      `e${found.length}`,
      new Date(time).toISOString(),
      String(label),
      (10 + random.uniform() * 90).toFixed(2),
    ]
    found.push([...cells, `d${device}`, `a${random.below(150)}`])
  }
  while (found.length < 8000) {
    time += 30_000 + random.below(60_000)
    const isBurst = random.below(60) === 0
    if (of === 'nothing' || !isBurst) add(isBurst ? 1 : 0, random.below(200))
    else {
      const device = random.below(200)
      for (let i = 0; i < 4; i++) {
        time += 5_000 + random.below(5_000)
        add(i > 0 ? 1 : 0, device)
      }
    }
  }
  return found
}
