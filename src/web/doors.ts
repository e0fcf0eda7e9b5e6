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

export function createDoors(services: Services): Door[] {
  const { detector, variants, endpoint, stream, clock, capture } = services
  const parts = { variants, settings: endpoint, clock }
  return [
    ...nativeDoors({ detector, variants, stream, clock }),
    ...sageMakerDoors({ ...parts, capture, endpoint: endpoint.name, maxBodyBytes: endpoint.maxBodyBytes }),
    ...containerDoors(parts),
    ...inferenceProtocolDoors({ ...parts, model: detector, version: '1' }),
  ]
}

export function frontOf(doors: readonly Door[], services: Services): Front {
  const { token, maxBodyBytes, logger, awsCredentials, clock, endpoint } = services
  const verify =
    awsCredentials.length === 0
      ? undefined
      : createVerifier({ credentials: awsCredentials, services: ['sagemaker'], clock })
  const { deadlineMs, maxWaitMs } = endpoint
  return createFront({
    desk: createDesk(doors, { token, verify, maxBodyBytes, logger }),
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
