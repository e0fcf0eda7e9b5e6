// Nothing in, a real Apache Kafka broker out: one node in KRaft mode on a free port of loopback, in a temporary folder.

import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Found, findProgram, freePorts, startProcess, stopProcess } from './server.ts'

export type KafkaServer = {
  /** `127.0.0.1:port` */
  readonly broker: string
  /** Ends the broker: in order, or as a power cut would. */
  stop(signal?: 'SIGTERM' | 'SIGKILL'): Promise<void>
  /** Starts it again on the same port, with the same data. */
  start(): Promise<void>
  /** Ends it and removes its data. */
  destroy(): Promise<void>
}

const home = () => process.env.TOCSIN_KAFKA_HOME ?? join(homedir(), '.cache/tocsin/kafka-4.1.0')

export function findKafka(): Found {
  if (!existsSync(join(home(), 'complete')))
    return { missing: 'needs Apache Kafka (scripts/install-servers.sh), which is not on this machine' }
  return findProgram('java')
}

// A small heap, one thread pool each, one copy of everything: a broker for tests, ready within some seconds.
const properties = (dir: string, port: number, controllerPort: number) => `
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:${controllerPort}
listeners=PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}
advertised.listeners=PLAINTEXT://127.0.0.1:${port}
controller.listener.names=CONTROLLER
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT
log.dirs=${dir}/data
offsets.topic.replication.factor=1
offsets.topic.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=1
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000
auto.create.topics.enable=false
`

/** Starts a broker. Throws where `findKafka` says that there is none. */
export async function startKafka(): Promise<KafkaServer> {
  const java = findKafka()
  if ('missing' in java) throw new Error(java.missing)
  const dir = await mkdtemp(join(tmpdir(), 'tocsin-kafka-'))
  const [port, controllerPort] = (await freePorts(2)) as [number, number]
  const config = join(dir, 'server.properties')
  await writeFile(config, properties(dir, port, controllerPort))
  const classPath = ['-cp', join(home(), 'libs/*')]
  const format = ['kafka.tools.StorageTool', 'format', '-t', 'MkU3OEVBNTcwNTJENDM2Qg', '-c', config]
  execFileSync(java.path, [...classPath, ...format], { stdio: 'pipe' })

  const jvm = ['-Xmx512m', '-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC']
  const launch = () =>
    startProcess(java.path, [...jvm, ...classPath, 'kafka.Kafka', config], { port, timeoutMs: 60_000 })
  let broker = await launch()
  return {
    broker: `127.0.0.1:${port}`,
    stop: (signal = 'SIGTERM') => stopProcess(broker, signal),
    start: async () => {
      broker = await launch()
    },
    destroy: async () => {
      await stopProcess(broker, 'SIGKILL')
      await rm(dir, { recursive: true })
    },
  }
}
