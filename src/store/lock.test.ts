import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { lockDataDir } from './lock.ts'

let dir: string
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'tocsin-lock-'))
})
afterEach(() => rm(dir, { recursive: true }))

const door = JSON.stringify(join(import.meta.dirname, 'lock.ts'))
const program = `
  const { lockDataDir } = await import(${door})
  await lockDataDir(process.argv[1])
  console.log('locked')
  setInterval(() => {}, 1000)`

async function lockingProcess() {
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program, dir], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await once(child.stdout, 'data')
  return child
}

test('a folder has one holder: a second is told which folder and what to do', async () => {
  const lock = await lockDataDir(dir)
  await expect(lockDataDir(dir)).rejects.toMatchObject({ code: 'DATA_DIR_IN_USE' })
  await expect(lockDataDir(dir)).rejects.toThrow(new RegExp(`${dir} is in use.*choose another folder`))
  await lock.release()
})

test('a released folder can be taken again, and releasing twice is harmless', async () => {
  const lock = await lockDataDir(dir)
  await lock.release()
  await lock.release()
  await (await lockDataDir(dir)).release()
})

test('a folder that is not there yet is made', async () => {
  const lock = await lockDataDir(join(dir, 'new', 'deep'))
  await lock.release()
})

test('other folders are free', async () => {
  const [one, other] = [await lockDataDir(join(dir, 'a')), await lockDataDir(join(dir, 'b'))]
  await one.release()
  await other.release()
})

test('a folder that another process holds is refused, and free again after its kill -9', async () => {
  const child = await lockingProcess()
  await expect(lockDataDir(dir)).rejects.toMatchObject({ code: 'DATA_DIR_IN_USE' })
  child.kill('SIGKILL')
  await once(child, 'exit')
  await (await lockDataDir(dir)).release()
})
