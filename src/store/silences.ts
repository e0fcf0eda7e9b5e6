// Silences and acknowledgements in, those that hold and what they answer out.

import type { Acknowledgement, Silence } from '../core/alert.ts'
import type { Sqlite } from '../core/sqlite.ts'
import type { Store } from './store.ts'

type Row = Omit<Silence, 'matcher'> & { readonly matcher: string }

const isAnswered = (alert: string) => `(
  exists (select 1 from acknowledgement where alert_id = ${alert})
  or exists (
    select 1 from alert where alert.id = ${alert} and (label is not null or exists (
      select 1 from answer where answer.detector = alert.detector and answer.alert_id = alert.id))))`
const addSql = `
  insert into silence (id, detector, matcher, starts_at, ends_at, until_answered, by, note, ended_at, ended_by)
  values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) on conflict (id) do nothing`
const endSql = 'update silence set ended_at = ?, ended_by = ? where detector = ? and id = ? and ended_at is null'
const selectSql = `
  select id, detector, matcher, starts_at as startsAt, ends_at as endsAt, until_answered as untilAnswered, by, note,
    ended_at as endedAt, ended_by as endedBy
  from silence`
const allSql = `${selectSql} where detector = ? order by starts_at desc, id limit ?`
const activeSql = `
  ${selectSql} where detector = ?1 and starts_at <= ?2 and (ends_at is null or ends_at > ?2) and ended_at is null
    and (until_answered is null or not ${isAnswered('until_answered')})
  order by starts_at desc, id limit ?3`
// Those of the group that came before it are the same matter: who has seen the newest has seen them.
const acknowledgeSql = `
  insert into acknowledgement (alert_id, by, at, note)
  select earlier.id, ?2, ?3, ?4 from alert as given
  join alert as earlier on earlier.detector = given.detector and earlier.group_key = given.group_key
    and earlier.number <= given.number
  where given.id = ?1 on conflict (alert_id) do nothing`
const knownSql = 'select 1 from alert where id = ?'
const acknowledgementSql = 'select alert_id as alertId, by, at, note from acknowledgement where alert_id = ?'
const answeredSql = `select value as id from json_each(?) where ${isAnswered('value')}`

type Silences = Pick<Store, 'addSilence' | 'endSilence' | 'silences' | 'acknowledge' | 'acknowledgement' | 'answered'>

export function silences(db: Sqlite): Silences {
  const add = db.query(addSql)
  const end = db.query(endSql)
  const all = db.query<Row>(allSql)
  const active = db.query<Row>(activeSql)
  const known = db.query<object>(knownSql)
  const acknowledge = db.query(acknowledgeSql)
  const acknowledgement = db.query<Acknowledgement>(acknowledgementSql)
  const answered = db.query<{ id: string }>(answeredSql)
  return {
    addSilence: async ({ id, detector, matcher, startsAt, endsAt, untilAnswered, by, note, endedAt, endedBy }) =>
      void db.transaction(() => {
        const text = JSON.stringify(matcher)
        add.run(id, detector, text, startsAt, endsAt, untilAnswered, by, note, endedAt, endedBy)
      }),
    endSilence: async (detector, id, by, at) =>
      db.transaction(() => Number(end.run(at, by, detector, id).changes) === 1),
    silences: async (detector, { limit, activeAt }) =>
      (activeAt === undefined ? all.all(detector, limit) : active.all(detector, activeAt, limit)).map(silenceOf),
    acknowledge: async ({ alertId, by, at, note }) =>
      db.transaction(() => {
        if (!known.get(alertId)) return false
        acknowledge.run(alertId, by, at, note)
        return true
      }),
    acknowledgement: async (alertId) => {
      const row = acknowledgement.get(alertId)
      return row && { ...row }
    },
    answered: async (alertIds) =>
      alertIds.length === 0 ? new Set() : new Set(answered.all(JSON.stringify(alertIds)).map(({ id }) => id)),
  }
}

function silenceOf(row: Row): Silence {
  return { ...row, matcher: JSON.parse(row.matcher) }
}
