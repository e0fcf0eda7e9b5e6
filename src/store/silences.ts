// Silences and acknowledgements in, those that hold and what they answer out.

import type { Acknowledgement, Silence } from '../core/alert.ts'
import { type Database, statement } from './database.ts'
import type { Store } from './store.ts'

type Row = Omit<Silence, 'matcher'> & { readonly matcher: string }

const isAnswered = (alert: string) => `(
  exists (select 1 from acknowledgement where alert_id = ${alert})
  or exists (
    select 1 from alert where alert.id = ${alert} and (label is not null or exists (
      select 1 from answer where answer.detector = alert.detector and answer.alert_id = alert.id))))`
const add = statement(`
  insert into silence (id, detector, matcher, starts_at, ends_at, until_answered, by, note, ended_at, ended_by)
  values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) on conflict (id) do nothing`)
const end = statement(
  'update silence set ended_at = ?, ended_by = ? where detector = ? and id = ? and ended_at is null',
)
const selectSql = `
  select id, detector, matcher, starts_at as "startsAt", ends_at as "endsAt", until_answered as "untilAnswered", by, note,
    ended_at as "endedAt", ended_by as "endedBy"
  from silence`
const all = statement<Row>(`${selectSql} where detector = ? order by starts_at desc, id limit ?`)
const active = statement<Row>(`
  ${selectSql} where detector = ?1 and starts_at <= ?2 and (ends_at is null or ends_at > ?2) and ended_at is null
    and (until_answered is null or not ${isAnswered('until_answered')})
  order by starts_at desc, id limit ?3`)
// Those of the group that came before it are the same matter: who has seen the newest has seen them.
const acknowledge = statement(`
  insert into acknowledgement (alert_id, by, at, note)
  select earlier.id, ?2, ?3, ?4 from alert as given
  join alert as earlier on earlier.detector = given.detector and earlier.group_key = given.group_key
    and earlier.number <= given.number
  where given.id = ?1 on conflict (alert_id) do nothing`)
const known = statement<object>('select 1 as one from alert where id = ?')
const acknowledgement = statement<Acknowledgement>(
  'select alert_id as "alertId", by, at, note from acknowledgement where alert_id = ?',
)

type Silences = Pick<Store, 'addSilence' | 'endSilence' | 'silences' | 'acknowledge' | 'acknowledgement' | 'answered'>

export function silences(db: Database): Silences {
  const answered = statement<{ id: string }>(
    `select ids.value as id from ${db.dialect.texts} as ids where ${isAnswered('ids.value')}`,
  )
  return {
    addSilence: ({ id, detector, matcher, startsAt, endsAt, untilAnswered, by, note, endedAt, endedBy }) =>
      db.transaction(function* () {
        const text = JSON.stringify(matcher)
        yield* add.run(id, detector, text, startsAt, endsAt, untilAnswered, by, note, endedAt, endedBy)
      }),
    endSilence: (detector, id, by, at) =>
      db.transaction(function* () {
        return (yield* end.run(at, by, detector, id)) === 1
      }),
    silences: async (detector, { limit, activeAt }) =>
      (await db.read(activeAt === undefined ? all.all(detector, limit) : active.all(detector, activeAt, limit))).map(
        silenceOf,
      ),
    acknowledge: ({ alertId, by, at, note }) =>
      db.transaction(function* () {
        if (!(yield* known.get(alertId))) return false
        yield* acknowledge.run(alertId, by, at, note)
        return true
      }),
    acknowledgement: async (alertId) => {
      const row = await db.read(acknowledgement.get(alertId))
      return row && { ...row }
    },
    answered: async (alertIds) =>
      alertIds.length === 0
        ? new Set()
        : new Set((await db.read(answered.all(JSON.stringify(alertIds)))).map(({ id }) => id)),
  }
}

function silenceOf(row: Row): Silence {
  return { ...row, matcher: JSON.parse(row.matcher) }
}
