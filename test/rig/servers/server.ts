// A program's command line in, a running server out: on free ports of loopback, in a folder of its own, stopped with the test.

import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { delimiter, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

/** Where the program lies, or why it cannot be used here. */
export type Found = { readonly path: string } | { readonly missing: string }

/** A program of the search path, or of /usr/sbin, where Debian puts servers. */
export function findProgram(name: string): Found {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin']
  const path = folders.map((folder) => join(folder, name)).find(existsSync)
  return path ? { path } : { missing: `needs ${name} (scripts/install-servers.sh), which is not on this machine` }
}

/** Ports that were free a moment ago. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer().listen(0, '127.0.0.1')
      await new Promise((resolve) => server.once('listening', resolve))
      return server
    }),
  )
  const ports = servers.map((server) => (server.address() as { port: number }).port)
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))))
  return ports
}

/** A server's process, from `command` to the moment it answers on `port`. Throws with what it printed where it ends before, or takes too long. */
export async function startProcess(
  command: string,
  args: readonly string[],
  {
    port,
    timeoutMs,
    ...place
  }: {
    readonly port: number
    readonly timeoutMs: number
    readonly cwd?: string
    readonly env?: NodeJS.ProcessEnv
  },
): Promise<ChildProcess> {
  const child = spawn(command, args, { ...place, stdio: ['ignore', 'pipe', 'pipe'] })
  // A test run that is cut short leaves no server behind.
  const end = () => child.kill('SIGKILL')
  process.once('exit', end)
  child.once('exit', () => process.off('exit', end))
  let printed = ''
  const keep = (chunk: Buffer) => {
    printed = (printed + chunk.toString()).slice(-4000)
  }
  child.stdout.on('data', keep)
  child.stderr.on('data', keep)
  const endsAt = Date.now() + timeoutMs
  while (!(await answers(port))) {
    if (child.exitCode !== null) throw new Error(`${command} ended with ${child.exitCode}:\n${printed}`)
    if (Date.now() > endsAt) {
      child.kill('SIGKILL')
      throw new Error(`${command} did not answer on port ${port} within ${timeoutMs} ms:\n${printed}`)
    }
    await sleep(50)
  }
  return child
}

/** Ends the process and waits for it. `SIGKILL` is a crash, `SIGTERM` an orderly end. */
export async function stopProcess(child: ChildProcess, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = new Promise((resolve) => child.once('exit', resolve))
  child.kill(signal)
  const timer = setTimeout(() => child.kill('SIGKILL'), 10_000)
  await ended
  clearTimeout(timer)
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}
