// A file dropped or chosen → sent in parts, with its progress; what the server cannot read is said in its own words.

import { useQueryClient } from '@tanstack/react-query'
import { type DragEvent, useRef, useState } from 'react'
import { api, type SetupState } from '../api.ts'
import { count } from '../format.ts'
import { Icon } from '../parts/icon.tsx'
import { Trouble, Work } from './setup-parts.tsx'

const partBytes = 4 * 1024 * 1024
const endings = '.csv,.tsv,.txt,.parquet,.pq,.json,.jsonl,.ndjson,.gz'

const size = (bytes: number): string =>
  bytes < 1e6
    ? `${count(Math.max(1, bytes / 1e3))} kB`
    : bytes < 1e9
      ? `${count(bytes / 1e6)} MB`
      : `${(bytes / 1e9).toFixed(1)} GB`

type Sending = { readonly file: File; readonly sent: number; readonly stop: () => void }

export function FileStep({ state }: { state: SetupState }) {
  const client = useQueryClient()
  const [sending, setSending] = useState<Sending | null>(null)
  const [refused, setRefused] = useState<Error | null>(null)

  const send = async (file: File) => {
    const stopping = new AbortController()
    const stop = () => stopping.abort()
    setRefused(null)
    try {
      for (let sent = 0; sent < file.size; sent += partBytes) {
        setSending({ file, sent, stop })
        client.setQueryData(
          ['setup'],
          await api.setupPart(file, sent, Math.min(file.size, sent + partBytes), stopping.signal),
        )
      }
      if (file.size === 0) setRefused(new Error(`${file.name} is empty. Choose a file with labelled history.`))
    } catch (error) {
      if (!stopping.signal.aborted) setRefused(error instanceof Error ? error : new Error(String(error)))
      client.setQueryData(['setup'], await api.setupStep('forget').catch(() => state))
    } finally {
      setSending(null)
    }
  }

  if (sending)
    return (
      <Work
        title={`Sending ${sending.file.name}`}
        stage={`${size(sending.sent)} of ${size(sending.file.size)}`}
        share={sending.sent / sending.file.size}
        onStop={sending.stop}
      />
    )
  if (state.progress)
    return (
      <Work
        title={`Reading ${state.file?.name ?? 'the file'}`}
        stage="Every cell is looked at, to tell numbers, categories, times and ids apart."
        share={null}
      />
    )
  if (state.phase === 'receiving' && state.file)
    return (
      <Work
        title={`${state.file.name} is being sent`}
        stage={`${size(state.file.received)} of ${size(state.file.bytes)} so far, from another window or program.`}
        share={state.file.received / state.file.bytes}
      />
    )
  return (
    <>
      <Trouble title="The file cannot be used" problem={refused ?? state.problem} />
      <DropZone maxBytes={state.maxBytes} onFile={(file) => void send(file)} />
      <Wanted isConfigured={state.isConfigured} />
    </>
  )
}

function DropZone({ maxBytes, onFile }: { maxBytes: number; onFile: (file: File) => void }) {
  const input = useRef<HTMLInputElement>(null)
  const [isOver, setOver] = useState(false)
  const over = (is: boolean) => (event: DragEvent) => {
    event.preventDefault()
    setOver(is)
  }
  const drop = (event: DragEvent) => {
    over(false)(event)
    const [file] = event.dataTransfer.files
    if (file) onFile(file)
  }
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: dropping is one way more; the button within does the same.
    <div className="drop" data-over={isOver} onDragOver={over(true)} onDragLeave={over(false)} onDrop={drop}>
      <Icon name="setup" />
      <h2>Drop a file of labelled history</h2>
      <p>CSV, Parquet or JSON lines, also with .gz, up to {size(maxBytes)}.</p>
      <input
        ref={input}
        className="unseen"
        id="history-file"
        type="file"
        accept={endings}
        tabIndex={-1}
        aria-label="File of labelled history"
        onChange={({ target }) => {
          const file = target.files?.[0]
          target.value = ''
          if (file) onFile(file)
        }}
      />
      <button type="button" className="button button-strong" onClick={() => input.current?.click()}>
        Choose a file
      </button>
    </div>
  )
}

function Wanted({ isConfigured }: { isConfigured: boolean }) {
  return (
    <section className="panel wanted" aria-label="What it should hold">
      <h2>What it should hold</h2>
      <ul>
        <li>
          <b>One event a row</b>: a payment, a claim, a reading of a machine.
        </li>
        <li>
          <b>A label</b> that says which rows turned out to be anomalies.
        </li>
        <li>
          <b>Columns that are known when the event happens</b>. What is only known later is a leak; the linter looks for
          it.
        </li>
        <li>
          Where there are: the <b>time</b>, the <b>amount</b> at risk, <b>whose</b> event it is (a card, a machine), and
          an <b>id</b>.
        </li>
      </ul>
      {isConfigured ? <p className="work-note">There is a tocsin.yaml: the columns are those that it names.</p> : null}
    </section>
  )
}
