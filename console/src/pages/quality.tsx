// People's answers and counted decisions → how right the alerts were, how sure that is, and how far the stream has moved from the training.

import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { api, type Quality } from '../api.ts'
import { count, counted, percent } from '../format.ts'
import { Page, Panel } from '../parts/page.tsx'
import { Await, Empty } from '../parts/states.tsx'
import { Tile, Tiles } from '../parts/tile.tsx'
import { Link, useQueryParams } from '../router.tsx'
import { CalibrationChart } from './quality-calibration.tsx'
import { DriftSections, DriftTiles } from './quality-drift.tsx'
import { PrecisionChart } from './quality-precision.tsx'
import './quality.css'

const spans = [28, 56, 182]
const refreshMs = 15_000

export function QualityPage() {
  const [params, setParam] = useQueryParams()
  const days = spans.find((span) => String(span) === params.get('days')) ?? spans[1]!
  const quality = useQuery({
    queryKey: ['quality', days],
    queryFn: ({ signal }) => api.quality(days, signal),
    refetchInterval: refreshMs,
    placeholderData: (previous) => previous,
  })
  const drift = useQuery({
    queryKey: ['drift'],
    queryFn: ({ signal }) => api.drift(signal),
    refetchInterval: refreshMs,
  })
  return (
    <Page
      title="Quality and drift"
      lead="Whether the alerts are right, by people’s answers, and whether the stream still looks like what the model learned."
      actions={<Spans days={days} onChoose={(span) => setParam('days', span === spans[1] ? null : String(span))} />}
    >
      <Await query={quality} what="the quality" lines={4}>
        {({ quality: found, tested }) =>
          found === null ? (
            <NoEvents />
          ) : (
            <>
              <Tiles>
                <QualityTiles quality={found} />
                <DriftTiles answer={drift.data} />
              </Tiles>
              <PrecisionPanel quality={found} tested={tested} />
              <div className="pair">
                <RecallPanel quality={found} tested={tested} />
                <CalibrationPanel quality={found} />
              </div>
            </>
          )
        }
      </Await>
      {quality.data?.quality ? (
        <Await query={drift} what="the drift" lines={4}>
          {(answer) => <DriftSections answer={answer} />}
        </Await>
      ) : null}
    </Page>
  )
}

function Spans({ days, onChoose }: { days: number; onChoose: (span: number) => void }) {
  return (
    <label className="quality-span">
      Looking back
      <select value={days} onChange={(event) => onChoose(Number(event.target.value))}>
        {spans.map((span) => (
          <option key={span} value={span}>
            {span / 7} weeks
          </option>
        ))}
      </select>
    </label>
  )
}

function NoEvents() {
  return (
    <Empty title="No events yet">
      <p>
        Once events are scored and people answer alerts, this page says how right the alerts are. See{' '}
        <Link href="/">what comes in now</Link>.
      </p>
    </Empty>
  )
}

function QualityTiles({
  quality: { precision, alerts, anomalies, normals, answeredShare, isMature },
}: {
  quality: Quality
}) {
  return (
    <>
      <Tile
        name="Precision, answered alerts"
        value={precision ? percent(precision.value) : 'Not known'}
        isWords={!precision}
        note={precision ? `95% interval ${interval(precision)}` : 'no alert is answered yet'}
      />
      <Tile
        name="Alerts answered"
        value={answeredShare === null ? 'None to answer' : percent(answeredShare)}
        isWords={answeredShare === null}
        note={
          answeredShare === null
            ? 'no alerts in this time'
            : `${count(anomalies + normals)} of ${count(alerts)}${isMature ? '' : ': too few to be sure'}`
        }
      />
    </>
  )
}

type Interval = { readonly value: number; readonly low: number; readonly high: number }
type Tested = { readonly precision: Interval; readonly recall: Interval } | null

const interval = ({ low, high }: Interval): string => `${percent(low)} to ${percent(high)}`

function PrecisionPanel({ quality, tested }: { quality: Quality; tested: Tested }) {
  const [params, setParam] = useQueryParams()
  const isWeekly = params.get('by') === 'week'
  const points = isWeekly ? quality.byWeek.map(({ week, ...answers }) => ({ day: week, ...answers })) : quality.byDay
  return (
    <Panel
      title={isWeekly ? 'Precision by week' : 'Precision by day'}
      note={
        <button type="button" className="link-button" onClick={() => setParam('by', isWeekly ? null : 'week')}>
          {isWeekly ? 'By day' : 'By week'}
        </button>
      }
    >
      <PrecisionChart points={points} isWeekly={isWeekly} promised={tested?.precision ?? null} />
      <Bounds quality={quality} />
    </Panel>
  )
}

// Who answers first what looks worst makes the answered ones look better than all are.
function Bounds({ quality: { bounds, isMature, answeredShare, precision } }: { quality: Quality }) {
  if (!bounds || !precision || answeredShare === 1) return null
  return (
    <p className="quality-words">
      Over all of this time {percent(precision.value)} of the answers said anomaly. Were every alert without an answer
      normal, precision would be {percent(bounds.low)}; were each an anomaly, {percent(bounds.high)}.
      {isMature
        ? ''
        : ' Alerts that look worst are often answered first, so expect it to fall as the rest are answered.'}
    </p>
  )
}

function RecallPanel({ quality: { recall }, tested }: { quality: Quality; tested: Tested }) {
  const { known, expected } = recall
  return (
    <Panel title="Recall">
      <p className="quality-sentence">
        Alerts alone cannot tell what was missed: nobody looks at what passed. These are the estimates there are.
      </p>
      <dl className="estimates">
        <Estimate name="By labels" value={known && percent(known.value)}>
          {known
            ? `${count(known.caught)} of ${count(known.anomalies)} known ${known.anomalies === 1 ? 'anomaly' : 'anomalies'} had alerted (95% interval ${interval(known)}); ${counted(known.labelledPasses, 'event')} that passed ${known.labelledPasses === 1 ? 'has a label' : 'have labels'}. What nobody reported is not counted, so the truth is at most this.`
            : 'No event that passed has a label. Send those that you hear of later (chargebacks, complaints, failures) to /v1/labels by their event id.'}
        </Estimate>
        <Estimate name="By the model’s own scores" value={expected && percent(expected.value)}>
          {expected
            ? `Its scores expect ${count(expected.all)} anomalies, ${count(expected.missed)} of them below the threshold. As right as its calibration.`
            : 'No decisions are counted in this time.'}
        </Estimate>
        <Estimate name="By its evaluation" value={tested && percent(tested.recall.value)}>
          {tested
            ? `On the last period of its history, at its operating point (95% interval ${interval(tested.recall)}).`
            : 'There is no champion.'}
        </Estimate>
      </dl>
    </Panel>
  )
}

function Estimate({ name, value, children }: { name: string; value: string | null; children: ReactNode }) {
  return (
    <div className="estimate">
      <dt>{name}</dt>
      <dd>
        <b data-none={value === null}>{value ?? 'not known'}</b>
        <span>{children}</span>
      </dd>
    </div>
  )
}

function CalibrationPanel({ quality: { calibration } }: { quality: Quality }) {
  return (
    <Panel title="Calibration" note="answered alerts">
      <CalibrationChart bins={calibration} />
    </Panel>
  )
}
