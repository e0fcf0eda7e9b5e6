// The entry of a helper thread: what the team says in, the work of `help` out.

import { workerData } from 'node:worker_threads'
import { help } from './team.ts'

help(workerData)
