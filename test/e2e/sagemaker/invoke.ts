// A client of SageMaker as its user wrote it: an endpoint's name in, lines of JSON out. It knows nothing of Tocsin; AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME does.

import { InvokeEndpointCommand, SageMakerRuntimeClient } from '@aws-sdk/client-sagemaker-runtime'

const client = new SageMakerRuntimeClient({ maxAttempts: 1 })
const EndpointName = process.argv[2]

async function invoke(input: { ContentType: string; Accept?: string; Body: string; TargetVariant?: string }) {
  const answer = await client.send(new InvokeEndpointCommand({ EndpointName, ...input }))
  return { type: answer.ContentType, variant: answer.InvokedProductionVariant, body: answer.Body.transformToString() }
}

async function failure(input: { ContentType: string; Body: string }) {
  try {
    await invoke(input)
  } catch (error) {
    if (!(error instanceof Error)) throw error
    const status = 'OriginalStatusCode' in error ? error.OriginalStatusCode : undefined
    return { name: error.name, status }
  }
  return { name: 'none' }
}

const features = JSON.stringify({ instances: [{ features: [900, 'FR'] }] })
const lines = '{"features": [10, "DE"]}\n{"features": [900, "FR"]}\n'
for (const said of [
  await invoke({ ContentType: 'text/csv', Body: '10,DE\n900,FR' }),
  await invoke({ ContentType: 'application/json', Accept: 'application/json', Body: features }),
  await invoke({ ContentType: 'application/jsonlines', Body: lines, TargetVariant: 'champion' }),
  await failure({ ContentType: 'image/png', Body: '10,DE' }),
])
  console.log(JSON.stringify(said))
