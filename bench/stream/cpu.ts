// A process in, the processor time that it has had out, as Linux counts it.

import { readFile } from 'node:fs/promises'

const usPerTick = 10_000

/** µs so far; 0 where the process is gone. */
export async function cpuOf(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined)
  if (stat === undefined) return 0
  const [user, kernel] = stat.slice(stat.lastIndexOf(')')).split(' ').slice(12, 14).map(Number)
  return (user! + kernel!) * usPerTick
}
