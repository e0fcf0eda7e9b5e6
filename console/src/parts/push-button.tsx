// A browser that may be told of alerts → a button that asks for it, or takes it back; nothing where no receiver would tell it.

import { useQuery, useQueryClient } from '@tanstack/react-query'
import { api } from '../api.ts'

export function PushButton() {
  const client = useQueryClient()
  const key = useQuery({ queryKey: ['push-key'], queryFn: ({ signal }) => api.pushKey(signal), staleTime: Infinity })
  const mine = useQuery({ queryKey: ['push-subscription'], queryFn: currentSubscription })
  if (!key.data?.isTold || mine.data === undefined) return null
  const isOn = mine.data !== null
  const change = async () => {
    await (isOn ? unsubscribe() : subscribe(key.data.publicKey))
    await client.invalidateQueries({ queryKey: ['push-subscription'] })
  }
  return (
    <button type="button" className="button" aria-pressed={isOn} onClick={() => void change()}>
      {isOn ? 'This browser is told of alerts' : 'Tell this browser of alerts'}
    </button>
  )
}

/** Null where this browser has not asked; undefined where it cannot. */
async function currentSubscription(): Promise<PushSubscription | null> {
  if (!('serviceWorker' in navigator && 'PushManager' in window)) throw new Error('this browser has no push messages')
  const registration = await navigator.serviceWorker.getRegistration()
  return (await registration?.pushManager.getSubscription()) ?? null
}

async function subscribe(publicKey: string): Promise<void> {
  const registration = await navigator.serviceWorker.register('/sw.js')
  const options = { userVisibleOnly: true, applicationServerKey: publicKey }
  await api.subscribe((await registration.pushManager.subscribe(options)).toJSON())
}

async function unsubscribe(): Promise<void> {
  const subscription = await currentSubscription()
  if (!subscription) return
  await api.unsubscribe(subscription.endpoint)
  await subscription.unsubscribe()
}
