// Every store there is, through the store contract.

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openEmbeddedStore } from '../../src/store/embedded.ts'
import { storeContract } from './store.ts'

storeContract('the embedded store', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'tocsin-store-'))
  return {
    open: (clock) => openEmbeddedStore({ dir, clock }),
    destroy: () => rm(dir, { recursive: true }),
  }
})
