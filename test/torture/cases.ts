// The matrix: faults × stream × store, each with its share of the seeds.

import type { Fault } from '../simulate/faults.ts'
import { planOf, type Recipe } from './plan.ts'
import { openScene, type StoreKind, type StreamKind } from './scene.ts'
import type { ServerName, Servers } from './servers.ts'
import { play, type Told } from './story.ts'

export type Case = {
  readonly name: string
  /** Of a hundred seeds. */
  readonly share: number
  /** Everything in this process, on a manual clock. */
  readonly isExact: boolean
  readonly needs: readonly ServerName[]
  run(seed: number, servers: Servers): Promise<Told>
}

type Cell = { readonly share: number; readonly stream: StreamKind; readonly store: StoreKind } & Recipe

const killed: readonly Fault[] = ['before', 'after']
const full: readonly Fault[] = ['full', 'full', 'full', 'after']
const kills = { kinds: killed, faults: 25 }
const fewKills = { kinds: killed, faults: 8 }
const embedded = { stream: 'embedded', store: 'sqlite' } as const
const shared = { stream: 'embedded', store: 'postgres' } as const

const cells: Record<string, Cell> = {
  'any role killed': { ...embedded, ...kills, workers: 1, share: 20 },
  'two or three believe that a partition is theirs, killed': { ...embedded, ...kills, workers: 3, share: 15 },
  'workers come and go under load, killed': {
    ...{ ...embedded, ...kills, workers: 3, share: 15 },
    ...{ event: 'rebalance', events: 12 },
  },
  'full disk': { ...embedded, kinds: full, faults: 80, workers: 2, share: 12 },
  'torn tail of the log': { ...embedded, ...fewKills, workers: 2, event: 'torn stream', events: 3, share: 8 },
  'torn tail of the store': { ...embedded, ...fewKills, workers: 2, event: 'torn store', events: 3, share: 8 },
  'any role killed, rivals': { ...shared, ...kills, workers: 2, share: 5 },
  'workers come and go, killed': { ...shared, ...fewKills, workers: 3, event: 'rebalance', events: 8, share: 3 },
  'database restarted': { ...shared, ...fewKills, workers: 2, event: 'restart', events: 1, share: 3 },
  'Kafka killed and back': {
    ...{ ...fewKills, stream: 'kafka', store: 'sqlite', workers: 2, share: 1 },
    ...{ event: 'restart', events: 1 },
  },
  'Kafka and PostgreSQL, any role killed, rivals': {
    ...{ ...kills, stream: 'kafka', store: 'postgres', workers: 2, share: 2 },
  },
  'NATS killed and back': {
    ...{ ...fewKills, stream: 'nats', store: 'postgres', workers: 2, share: 2 },
    ...{ event: 'restart', events: 1 },
  },
}

export const stories: readonly Case[] = Object.entries(cells).map(([title, { share, ...cell }]) => ({
  name: `${cell.stream} + ${cell.store}: ${title}`,
  share,
  isExact: cell.stream === 'embedded' && cell.store === 'sqlite',
  needs: [cell.stream, cell.store].filter((kind) => kind !== 'embedded' && kind !== 'sqlite'),
  run: async (seed, servers) => {
    const plan = planOf(seed, cell)
    const scene = await openScene(cell, plan.partitions, servers)
    try {
      return await play(scene, plan)
    } finally {
      await scene.close()
    }
  },
}))
