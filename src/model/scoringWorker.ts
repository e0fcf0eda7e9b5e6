// A helper of scoringTeam.ts: its model and the shared window come as workerData.

import { workerData } from 'node:worker_threads'
import { help } from './scoringTeam.ts'

help(workerData)
