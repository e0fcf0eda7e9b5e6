// The stream → its partitions with what waits in each, how fast it goes, and the records that could not be read, to mend and replay.

import { useQuery } from '@tanstack/react-query'
import { api, type StreamJson } from '../api.ts'
import { count, counted } from '../format.ts'
import { useLive, useStats } from '../live.tsx'
import { LastHour } from '../parts/last-hour.tsx'
import { Page, Panel } from '../parts/page.tsx'
import { Await } from '../parts/states.tsx'
import { Sparkline, Tile, Tiles } from '../parts/tile.tsx'
import { Time } from '../parts/time.tsx'
import { DeadLetters } from './dead-letters.tsx'
import './stream.css'

export function StreamPage() {
  const stats = useStats()
  const rates = useLive((state) => state.rates)
  const partitions = useQuery({
    queryKey: ['stream'],
    queryFn: ({ signal }) => api.stream(signal),
    refetchInterval: 3_000,
  })
  return (
    <Page title="Stream" lead="What comes in, how far it is decided, and what could not be read.">
      <Await query={stats} what="the live numbers" lines={2}>
        {(data) => (
          <>
            <Tiles>
              <Tile name="Events a second" value={count(data.eventsPerSecond)}>
                <Sparkline values={rates} />
              </Tile>
              <Tile
                name="Lag"
                value={count(data.lag)}
                note={data.lag === 0 ? 'nothing waits' : 'records wait for a decision'}
              />
              <Tile
                name="Events"
                value={count(data.totals.events)}
                note={`${count(data.totals.lateArrivals)} of them late`}
              />
              <Tile name="Twice" value={count(data.totals.duplicates)} note="came again, counted once" />
              <Tile
                name="Dead letters"
                value={count(data.totals.deadLetters)}
                note="ever"
                {...(data.totals.deadLetters > 0 ? { tone: 'alarm' as const } : {})}
              />
            </Tiles>
            <div className="pair">
              <LastHour stats={data} />
              <Panel title="Partitions">
                <Await query={partitions} what="the partitions">
                  {(stream) => <Partitions partitions={stream.partitions} />}
                </Await>
              </Panel>
            </div>
          </>
        )}
      </Await>
      <DeadLetters />
    </Page>
  )
}

function Partitions({ partitions }: { partitions: StreamJson['partitions'] }) {
  const waiting = partitions.filter(({ lag }) => lag > 0).length
  return (
    <>
      <p className="row-note">
        {waiting === 0
          ? `Everything is decided in ${partitions.length === 1 ? 'the one partition' : `all ${counted(partitions.length, 'partition')}`}.`
          : `Records wait in ${counted(waiting, 'partition')} of ${count(partitions.length)}.`}
      </p>
      <table className="alike">
        <thead>
          <tr>
            <th scope="col">Partition</th>
            <th scope="col" className="number">
              Records
            </th>
            <th scope="col" className="number">
              Lag
            </th>
            <th scope="col">Event time</th>
          </tr>
        </thead>
        <tbody>
          {partitions.map(({ partition, first, end, lag, watermark }) => (
            <tr key={partition}>
              <th scope="row">{partition}</th>
              <td className="number" title={`from ${count(first)} to ${count(end)}`}>
                {count(end - first)}
              </td>
              <td className="number">{count(lag)}</td>
              <td>{watermark === null ? <span className="none">no event yet</span> : <Time iso={watermark} />}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </>
  )
}
