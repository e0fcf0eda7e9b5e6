// A set of features that was not in use for a while in, what it has missed out; and what it remembers once it has learned that.

import { type Database, lock } from './database.ts'
import { canRemember, featureVersions, remember } from './featureState.ts'
import { hasLearned, hasNowLearned, missed } from './learned.ts'
import { daysLock } from './locks.ts'
import type { Store } from './store.ts'

export function catchingUp(db: Database): Pick<Store, 'unlearned' | 'catchUp'> {
  const versions = featureVersions(db)
  return {
    unlearned: (detector, set) => db.read(missed(detector, set, db.dialect.decisions)),
    catchUp: (detector, changes, stretches) =>
      db.transaction(function* () {
        yield* lock(daysLock(detector), 'shared')
        for (const { partition, from } of stretches)
          if (!(yield* hasLearned(detector, changes.set, partition, from))) return false
        if (!(yield* canRemember(versions, detector, changes))) return false
        yield* remember(detector, changes)
        yield* hasNowLearned(detector, changes.set, stretches)
        return true
      }),
  }
}
