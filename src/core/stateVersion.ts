// What a feature state was changed from in, its next version out: one that its key has never had before.
//
// A state that was removed may begin again. Were its versions to begin again too, a worker that still holds an old one could take
// the new one for it. So versions lie in blocks, one for each forgetting of the set: what begins, begins in the newest block, and
// only what began in an earlier block is ever removed.

/** Room for so many changes of one state. */
const blockSize = 2 ** 32

/** `expected`: the version that was changed; 0 where there was none. */
export function versionAfter(expected: number, forgettings: number): number {
  return expected === 0 ? forgettings * blockSize + 1 : expected + 1
}

export function mayBeRemoved(version: number, forgettings: number): boolean {
  return version <= forgettings * blockSize
}
