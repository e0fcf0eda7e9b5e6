// A person's answer through a link in, kept for ever and shown with its alert out; and the browsers that want to be told.

import type { AnswerRecord, PushSubscription } from '../core/alert.ts'
import { isStored, writeLabel } from './alerts.ts'
import { type Database, statement } from './database.ts'
import type { Store } from './store.ts'

const isSpent = statement<object>('select 1 as one from answer where link = ?')
const insertAnswer = statement(`
  insert into answer (link, detector, alert_id, event_id, answer, answered_at, by, note, receiver)
  values (?, ?, ?, ?, ?, ?, ?, ?, ?) on conflict (link) do nothing`)
const list = statement<AnswerRecord>(`
  select link, detector, alert_id as "alertId", event_id as "eventId", answer, answered_at as "answeredAt", by, note, receiver
  from answer where detector = ?1 and (cast(?2 as text) is null or alert_id = ?2) order by number desc limit ?3`)
const put = statement(`
  insert into push_subscription (endpoint, p256dh, auth, added_at) values (?, ?, ?, ?)
  on conflict (endpoint) do update set p256dh = excluded.p256dh, auth = excluded.auth, added_at = excluded.added_at`)
const all = statement<PushSubscription>(
  'select endpoint, p256dh, auth, added_at as "addedAt" from push_subscription order by added_at',
)
const remove = statement('delete from push_subscription where endpoint = ?')

export function answers(db: Database): Pick<Store, 'answer' | 'answers'> {
  return {
    answer: answerer(db),
    answers: ({ detector, alertId = null, limit }) => db.read(list.all(detector, alertId, limit)),
  }
}

function answerer(db: Database): Store['answer'] {
  return ({ link, detector, alertId, eventId, answer, answeredAt, by, note, receiver }) =>
    db.transaction(function* () {
      if (yield* isSpent.get(link)) return 'spent'
      if (!(yield* isStored.get(detector, eventId))) return 'unknown'
      const values = [link, detector, alertId, eventId, answer, answeredAt, by, note, receiver]
      if ((yield* insertAnswer.run(...values)) === 0) return 'spent'
      const isLabel = answer === 'anomaly' || answer === 'normal'
      if (isLabel) yield* writeLabel({ detector, eventId, label: answer, labelledAt: answeredAt, by, note })
      return 'recorded'
    })
}

export function subscriptions(db: Database): Pick<Store, 'putSubscription' | 'subscriptions' | 'removeSubscription'> {
  return {
    putSubscription: ({ endpoint, p256dh, auth, addedAt }) =>
      db.transaction(function* () {
        yield* put.run(endpoint, p256dh, auth, addedAt)
      }),
    subscriptions: () => db.read(all.all()),
    removeSubscription: (endpoint) =>
      db.transaction(function* () {
        yield* remove.run(endpoint)
      }),
  }
}
