// What every property draws from, so that a run of the tests can be had again; `TOCSIN_SEED` brings other cases.

import { configureGlobal } from 'fast-check'

configureGlobal({ seed: Number(process.env.TOCSIN_SEED ?? 20261122) })
