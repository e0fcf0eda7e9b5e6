// A database and a clock in, all that a store answers out: every method once, whichever database it is.

import type { Clock } from '../core/clock.ts'
import { alerts } from './alerts.ts'
import { answers, subscriptions } from './answers.ts'
import { catchingUp } from './catchUp.ts'
import { commits } from './commit.ts'
import type { Database } from './database.ts'
import { days } from './days.ts'
import { deadLetters } from './deadLetters.ts'
import { decisions } from './decisions.ts'
import { featureStates } from './featureState.ts'
import { forgetting } from './forgetting.ts'
import { models } from './models.ts'
import { news } from './news.ts'
import { outbox } from './outbox.ts'
import { routing } from './routing.ts'
import { shadows } from './shadows.ts'
import { silences } from './silences.ts'
import { sketches } from './sketches.ts'
import type { Store } from './store.ts'
import { totals } from './tally.ts'
import { trainings } from './training.ts'

export function methods(db: Database, clock: Clock): Omit<Store, 'close'> {
  return {
    ...commits(db, clock),
    ...days(db),
    ...decisions(db),
    ...deadLetters(db),
    ...featureStates(db),
    ...forgetting(db),
    ...catchingUp(db),
    ...alerts(db),
    ...totals(db),
    ...outbox(db),
    ...answers(db),
    ...subscriptions(db),
    ...routing(db),
    ...silences(db),
    ...models(db, clock),
    ...trainings(db, clock),
    ...news(db),
    ...shadows(db),
    ...sketches(db),
  }
}
