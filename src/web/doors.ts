// Services in, every scoring door out, and the front that serves them.

import { Admission } from './admission.ts'
import { createDesk } from './desk.ts'
import { containerDoors } from './doors/container.ts'
import type { Door } from './doors/door.ts'
import { inferenceProtocolDoors } from './doors/inferenceProtocol.ts'
import { nativeDoors } from './doors/native.ts'
import { sageMakerDoors } from './doors/sagemaker.ts'
import { createFront, type Front } from './front.ts'
import type { Documented } from './route.ts'
import type { Services } from './services.ts'
import { createVerifier } from './sigv4.ts'

type DoorServices = Pick<Services, 'detector' | 'variants' | 'endpoint' | 'stream' | 'clock' | 'capture'>
type FrontServices = Pick<Services, 'token' | 'maxBodyBytes' | 'logger' | 'awsCredentials' | 'clock' | 'endpoint'> & {
  /** Answers whatever name it is called by: not for loopback, where a page elsewhere could call it by its own. */
  readonly isAnyHost?: boolean
}

export function createDoors(services: DoorServices): Door[] {
  const { detector, variants, endpoint, stream, clock, capture } = services
  const parts = { variants, settings: endpoint, clock, capture }
  return [
    ...nativeDoors({ detector, variants, stream, clock }),
    ...sageMakerDoors({ ...parts, endpoint: endpoint.name, maxBodyBytes: endpoint.maxBodyBytes }),
    ...containerDoors(parts),
    ...inferenceProtocolDoors({ ...parts, model: detector, version: '1' }),
  ]
}

export function frontOf(doors: readonly Door[], services: FrontServices): Front {
  const { token, maxBodyBytes, logger, awsCredentials, clock, endpoint, isAnyHost = false } = services
  const verify =
    awsCredentials.length === 0
      ? undefined
      : createVerifier({ credentials: awsCredentials, services: ['sagemaker'], clock })
  const { deadlineMs, maxWaitMs } = endpoint
  return createFront({
    desk: createDesk(doors, { token, verify, maxBodyBytes, logger, isAnyHost }),
    admission: new Admission({ maxWaitMs, now: () => performance.now() }),
    deadlineMs,
  })
}

/** A door as the API's document describes it; nothing for those that others have specified. */
export function documentedDoor({ documented, method, path, summary, guard }: Door): Documented[] {
  if (!documented) return []
  const { body, ...rest } = documented
  return [
    { ...rest, method, path, summary, isOpen: guard === 'open', body: undefined, documentedBody: body, status: 200 },
  ]
}
