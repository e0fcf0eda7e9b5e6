// The names of a database in, the views that people and BI tools read out: documented columns (docs/sql.md), times as times.

/** What two databases write differently. */
const words = {
  sqlite: {
    instant: (ms: string) => `strftime('%Y-%m-%dT%H:%M:%fZ', ${ms} / 1000.0, 'unixepoch')`,
    isTrue: (column: string) => column,
    json: (column: string) => column,
    number: (column: string, path: string) => `json_extract(${column}, '$.${path}')`,
    text: (bytes: string) => `cast(${bytes} as text)`,
  },
  postgres: {
    instant: (ms: string) => `to_timestamp(${ms} / 1000.0)`,
    isTrue: (column: string) => `${column} = 1`,
    json: (column: string) => `${column}::jsonb`,
    number: (column: string, path: string) =>
      `(${column}::jsonb #>> '{${path.replaceAll('.', ',')}}')::double precision`,
    text: (bytes: string) => `encode(${bytes}, 'escape')`,
  },
}

export function views(database: 'sqlite' | 'postgres'): string {
  const { instant, isTrue, json, number, text } = words[database]
  return `
  create view decisions as
    select detector, event_id, ${instant('event_time')} as event_time, entity, amount, score, threshold, outcome,
      model_version, ${isTrue('is_late')} as is_late, ${json('fields')} as fields, ${json('reasons')} as reasons
    from decision;
  create view alerts as
    select detector, id as alert_id, event_id, ${instant('event_time')} as event_time, group_key, entity, amount, score,
      threshold, model_version, ${json('reasons')} as reasons, label, labelled_by,
      ${instant('labelled_at')} as labelled_at
    from alert;
  create view labels as
    select detector, event_id, label, ${instant('labelled_at')} as labelled_at, by as labelled_by, note from label;
  create view minutes as
    select detector, ${instant('minute')} as minute, model_version, sum(events) as events, sum(alerts) as alerts,
      sum(amount) as amount, sum(alert_amount) as alert_amount
    from rollup group by detector, minute, model_version;
  create view days as
    select detector, day, ${number('summary', 'events')} as events, ${number('summary', 'alerts')} as alerts,
      ${number('summary', 'amountAtRisk')} as amount_at_risk, ${number('summary', 'labels.anomaly')} as labelled_anomaly,
      ${number('summary', 'labels.normal')} as labelled_normal, ${json('summary')} as summary
    from report;
  create view deliveries as
    select detector, id as delivery_id, receiver, alert_id, state, attempts,
      ${instant('next_attempt_at')} as next_attempt_at, reason
    from delivery;
  create view dead_letters as
    select detector, id as number, partition, position, code, reason, ${instant('stored_at')} as stored_at,
      ${instant('replayed_at')} as replayed_at, ${text('bytes')} as record
    from dead_letter;`
}

/** Where each part of a decision lies in its chunk's list, as `store/decisionChunks.ts` writes it. */
const parts = [
  'event_id',
  'event_time',
  'entity',
  'amount',
  'score',
  'outcome',
  'is_late',
  'position',
  'reasons',
] as const

function part(decided: string, name: (typeof parts)[number]): string {
  if (name === 'reasons') return `${decided} -> ${parts.indexOf(name)} as ${name}`
  const found = `${decided} ->> ${parts.indexOf(name)}`
  return `${['event_time', 'amount', 'score'].includes(name) ? `cast(${found} as real)` : found} as ${name}`
}

/** Decisions of SQLite's chunks as rows: all of them, and (what is asked of those) by their ids. */
export function chunkViews(): string {
  const width = 'length(chunk.vectors) / chunk.count'
  const known = "(chunk.decided -> ('$[' || (event.number - chunk.number) || ']'))"
  return `
  create view decision as
    select chunk.number + one.key as number, chunk.detector, chunk.model_version, chunk.threshold, chunk.partition,
      ${parts.map((name) => part('one.value', name)).join(', ')},
      chunk.fields -> ('$[' || one.key || ']') as fields,
      substr(chunk.vectors, 1 + one.key * (${width}), ${width}) as vector
    from decision_chunk as chunk, json_each(chunk.decided) as one where one.type = 'array';
  create view event_decision as
    select event.detector, event.event_id, chunk.model_version,
      ${(['event_time', 'score', 'outcome'] as const).map((name) => part(known, name)).join(', ')}
    from event join decision_chunk as chunk
      on chunk.number = (select max(number) from decision_chunk where number <= event.number);`
}
