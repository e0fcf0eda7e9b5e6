// The store in a real PostgreSQL, through the same contract as the embedded one.

import { afterAll, test } from 'vitest'
import { Random } from '../../src/core/random.ts'
import { openPostgresStore } from '../../src/store/postgres.ts'
import { findPostgres, startPostgres } from '../rig/servers/postgres.ts'
import { storeContract } from './store.ts'

const found = await findPostgres()
if ('missing' in found) {
  test.skip(`the store in PostgreSQL keeps the contract (${found.missing})`, () => undefined)
} else {
  const server = await startPostgres(found)
  afterAll(() => server.destroy())
  let schemas = 0

  storeContract('the store in PostgreSQL', async () => {
    const schema = `contract_${schemas++}`
    return {
      open: (clock) => openPostgresStore({ url: server.url, schema, clock, random: new Random(1) }),
      destroy: async () => undefined,
    }
  })
}
