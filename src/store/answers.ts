// A person's answer through a link in, kept for ever and shown with its alert out; and the browsers that want to be told.

import type { AnswerRecord, PushSubscription } from '../core/alert.ts'
import type { Sqlite } from '../core/sqlite.ts'
import { labelWriter } from './alerts.ts'
import type { Store } from './store.ts'

const isSpentSql = 'select 1 from answer where link = ?'
const isStoredSql = 'select 1 from decision where detector = ? and event_id = ?'
const insertSql = `
  insert into answer (link, detector, alert_id, event_id, answer, answered_at, by, note, receiver)
  values (?, ?, ?, ?, ?, ?, ?, ?, ?)`
const answersSql = `
  select link, detector, alert_id as alertId, event_id as eventId, answer, answered_at as answeredAt, by, note, receiver
  from answer where detector = ?1 and (?2 is null or alert_id = ?2) order by number desc limit ?3`
const putSql = `
  insert into push_subscription (endpoint, p256dh, auth, added_at) values (?, ?, ?, ?)
  on conflict do update set p256dh = excluded.p256dh, auth = excluded.auth, added_at = excluded.added_at`
const subscriptionsSql = 'select endpoint, p256dh, auth, added_at as addedAt from push_subscription order by added_at'

export function answers(db: Sqlite): Pick<Store, 'answer' | 'answers'> {
  const list = db.query<AnswerRecord>(answersSql)
  return {
    answer: answerer(db),
    answers: async ({ detector, alertId = null, limit }) => list.all(detector, alertId, limit),
  }
}

function answerer(db: Sqlite): Store['answer'] {
  const isSpent = db.query<object>(isSpentSql)
  const isStored = db.query<object>(isStoredSql)
  const insert = db.query(insertSql)
  const label = labelWriter(db)
  return async ({ link, detector, alertId, eventId, answer, answeredAt, by, note, receiver }) =>
    db.transaction(() => {
      if (isSpent.get(link)) return 'spent'
      if (!isStored.get(detector, eventId)) return 'unknown'
      insert.run(link, detector, alertId, eventId, answer, answeredAt, by, note, receiver)
      const isLabel = answer === 'anomaly' || answer === 'normal'
      if (isLabel) label({ detector, eventId, label: answer, labelledAt: answeredAt, by, note })
      return 'recorded'
    })
}

export function subscriptions(db: Sqlite): Pick<Store, 'putSubscription' | 'subscriptions' | 'removeSubscription'> {
  const put = db.query(putSql)
  const all = db.query<PushSubscription>(subscriptionsSql)
  const remove = db.query('delete from push_subscription where endpoint = ?')
  return {
    putSubscription: async ({ endpoint, p256dh, auth, addedAt }) =>
      void db.transaction(() => put.run(endpoint, p256dh, auth, addedAt)),
    subscriptions: async () => all.all(),
    removeSubscription: async (endpoint) => void db.transaction(() => remove.run(endpoint)),
  }
}
