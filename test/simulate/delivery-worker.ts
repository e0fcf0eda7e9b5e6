// A store's folder, a webhook's address and a step in: sends what is due, and dies by `kill -9` at the n-th time that it comes to that step.

import { argv, exit, kill, pid, stdout } from 'node:process'
import { systemClock as clock } from '../../src/core/clock.ts'
import { Random } from '../../src/core/random.ts'
import { openHttp } from '../../src/notify/http.ts'
import { createNotifier, type Outbox } from '../../src/notify/notify.ts'
import type { Receiver } from '../../src/notify/receiver.ts'
import { webhookReceiver } from '../../src/notify/receivers/webhook.ts'
import { openEmbeddedStore } from '../../src/store/embedded.ts'

const [dir = '', url = '', step = '', times = '1'] = argv.slice(2)
let left = Number(times)
const passing = (here: string) => {
  if (here === step && --left === 0) kill(pid, 'SIGKILL')
}

const store = await openEmbeddedStore({ dir, clock })
const http = openHttp({ allow: ['loopback'] })
const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`
const hook = webhookReceiver('hook', { url, secret, timeoutMs: 5_000 }, { clock, post: http.post, timeZone: 'UTC' })

const receiver: Receiver = {
  ...hook,
  deliver: async (delivery, signal) => {
    passing('before it is sent')
    const outcome = await hook.deliver(delivery, signal)
    passing('after it was heard')
    return outcome
  },
}
const outbox: Outbox = {
  due: async (...wanted) => {
    passing('before the outbox is read')
    const page = await store.due(...wanted)
    passing('after the outbox was read')
    return page
  },
  nextDue: store.nextDue,
  settle: async (...result) => {
    passing('before it is written down')
    await store.settle(...result)
    passing('after it was written down')
  },
}

const stop = new AbortController()
const parts = { outbox, receivers: new Map([['hook', receiver]]), clock, random: new Random(1) }
const running = createNotifier(parts).run(stop.signal)
while ((await store.nextDue()) !== undefined) await clock.sleep(10)
stop.abort()
await running
await store.close()
http.close()
stdout.write('done\n', () => exit(0))
