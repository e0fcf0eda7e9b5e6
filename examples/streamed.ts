// A labelled history and declared features in; how much they add, and what an alert of a stream then says, out.

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { type ConfigInput, historyEvents, parseConfig, startSystem, trainDetector, writeCsv } from 'tocsin'

type Row = Readonly<Record<string, string | number>>

/** Trains on the events alone and with the features; then streams the last period through a running system. */
export async function streamed(rows: Iterable<Row>, config: ConfigInput): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), 'tocsin-example-'))
  const path = join(dir, 'history.csv')
  await writeCsv(path, rows)
  const { features, ...plain } = config
  const alone = await trainDetector(parseConfig({ ...plain, dataDir: join(dir, 'alone') }), path)
  const settings = parseConfig({
    ...config,
    dataDir: join(dir, 'data'),
    web: { port: 0 },
    notify: { inbox: { kind: 'inbox' } },
  })
  // The stream is that of the test period: what happened in it must not be remembered before it comes.
  const { artifact, heldOut, schema } = await trainDetector(settings, path, { forgetsTest: true })
  const [before, after] = [alone.artifact, artifact].map((of) => of.evaluation.averagePrecision.value.toFixed(2))
  console.log(`average precision: ${before} of the events alone, ${after} with what came before them`)

  const system = await startSystem({
    config: settings,
    console: new Writable({ write: (_, __, done) => done() }),
    logLevel: 'error',
  })
  const events = [...historyEvents(heldOut, schema)]
  for (let start = 0; start < events.length; start += 1000) {
    const body = events
      .slice(start, start + 1000)
      .map((event) => JSON.stringify(event))
      .join('\n')
    await fetch(`${system.url}/v1/events`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-ndjson' },
      body,
    })
  }
  await system.settled(AbortSignal.timeout(60_000))
  const alerts = await system.store.alerts({ detector: settings.detector, limit: 1000 })
  const [surest] = [...alerts].sort((a, b) => b.score - a.score || a.eventTime - b.eventTime)
  console.log(
    `${alerts.length} alerts of ${events.length} events; the surest: ${surest?.reasons.map(({ text }) => text).join('; ')}`,
  )
  await system.stop()
  await rm(dir, { recursive: true })
}

/** Numbers between 0 and 1, the same every time. */
export function dice(seed: number): () => number {
  let state = seed
  return () => {
    state = (state * 48_271) % 2_147_483_647
    return state / 2_147_483_647
  }
}
