// A folder of CPU profiles in, the time of each part of the work out: every sample counts for the nearest room that called it.

import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'

type Node = {
  readonly id: number
  readonly callFrame: { readonly functionName: string; readonly url: string }
  readonly children?: readonly number[]
}
type Profile = {
  readonly nodes: readonly Node[]
  readonly samples: readonly number[]
  readonly timeDeltas: readonly number[]
}

/** The first that fits the file of a frame names its part. SQLite's own time counts for the room that asked. */
const parts: readonly (readonly [part: string, file: RegExp])[] = [
  ['log', /\/src\/stream\//],
  ['store', /\/src\/store\//],
  ['lines at the door', /\/src\/web\/(intake|body)\.ts$/],
  ['read the event', /\/src\/score\/(plainEvent|parse|decode|instant)\.ts$/],
  ['score', /\/src\/(score|model|features)\/|^wasm:/],
  ['alerts and messages', /\/src\/(alert|notify|report)\//],
  ['HTTP', /\/src\/web\/|fastify|node:_?http|node:net/],
  ['loop', /\/src\/(loop|app)/],
]

/** µs in which the process did anything, by part; `garbage` and `other` among them. */
export async function timesByPart(dir: string): Promise<Map<string, number>> {
  const totals = new Map<string, number>()
  for (const file of await readdir(dir)) {
    // A profile for each thread.
    const profile: Profile = JSON.parse(await readFile(join(dir, file), 'utf8'))
    for (const [part, us] of timesOf(profile)) totals.set(part, (totals.get(part) ?? 0) + us)
  }
  totals.delete('idle')
  return totals
}

function timesOf({ nodes, samples, timeDeltas }: Profile): Map<string, number> {
  const byId = new Map(nodes.map((node) => [node.id, node]))
  const parent = new Map(nodes.flatMap((node) => (node.children ?? []).map((child) => [child, node.id] as const)))
  const known = new Map<number, string>()
  const partOf = (id: number | undefined): string => {
    if (id === undefined) return 'other'
    const found = known.get(id) ?? ownPart(byId.get(id)!) ?? partOf(parent.get(id))
    known.set(id, found)
    return found
  }
  const times = new Map<string, number>()
  for (const [i, id] of samples.entries()) {
    const part = partOf(id)
    times.set(part, (times.get(part) ?? 0) + timeDeltas[i]!)
  }
  return times
}

function ownPart({ callFrame: { functionName, url } }: Node): string | undefined {
  if (functionName === '(garbage collector)') return 'garbage'
  if (functionName === '(idle)' || functionName === '(program)') return 'idle'
  return parts.find(([, file]) => file.test(url))?.[0]
}
