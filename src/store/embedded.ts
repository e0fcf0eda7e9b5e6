// A data folder in, an open store out: one SQLite file, every write durable when it is answered.

import { resolve } from 'node:path'
import type { Clock } from '../core/clock.ts'
import { openNotices } from '../core/notices.ts'
import { Sqlite } from '../core/sqlite.ts'
import { leaseIn } from './lock.ts'
import { methods } from './methods.ts'
import { schemaSteps } from './schema.ts'
import { sqliteDatabase } from './sqlite.ts'
import type { Store } from './store.ts'

/**
 * Opens (or makes) `store.db` in `dir`. Other processes may read and write at the same time; a writer waits for the other.
 * Throws `STORE_FOREIGN`, `STORE_VERSION`, `STORE_DAMAGED`, `STORE_BUSY`, `STORE_FULL`; every write may throw the last two,
 * and has then written nothing.
 */
export async function openEmbeddedStore(options: {
  readonly dir: string
  readonly clock: Clock
  readonly isCheckpointed?: boolean
}): Promise<Store> {
  const file = resolve(options.dir, 'store.db')
  const { isCheckpointed = false } = options
  const db = new Sqlite(file, { name: 'store', steps: schemaSteps.map((step) => step('sqlite')), isCheckpointed })
  const lease = (name: string) => leaseIn(options.dir, name)
  const database = sqliteDatabase(db, { lease, news: openNotices(file) })
  return {
    ...methods(database, options.clock),
    close: async () => {
      await database.close()
      db.close()
    },
  }
}
