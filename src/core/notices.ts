// Notices about a file in, told to every opening of it in this process: by other threads, and by this one.

import { BroadcastChannel } from 'node:worker_threads'

export type Notices = {
  tell(text: string): void
  /** Calls back with each notice. Returns the unsubscribe. */
  onNotice(listener: (text: string) => void): () => void
  close(): void
}

export function openNotices(file: string): Notices {
  const listeners = new Set<(text: string) => void>()
  const hear = (text: string) => {
    for (const listener of listeners) listener(text)
  }
  const channel = new BroadcastChannel(`tocsin ${file}`)
  channel.onmessage = (message: unknown) => hear(String((message as { readonly data: unknown }).data))
  // Whoever has nothing else to do may end.
  channel.unref()
  return {
    tell: (text) => {
      channel.postMessage(text)
      hear(text)
    },
    onNotice: (listener) => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    close: () => channel.close(),
  }
}
