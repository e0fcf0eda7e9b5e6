// A request of AWS's SDK in, its response out, over HTTP/1.1: for emulators and gateways that know no HTTP/2, which its Kinesis client speaks.

import { Agent as HttpAgent, request as requestHttp } from 'node:http'
import { Agent as HttpsAgent, request as requestHttps } from 'node:https'

type SdkRequest = {
  readonly protocol: string
  readonly hostname: string
  readonly port?: number
  readonly path: string
  readonly method: string
  readonly headers: Record<string, string>
  readonly body?: Uint8Array | string
}

type SdkResponse = {
  readonly statusCode: number
  readonly headers: Record<string, string>
  readonly body: NodeJS.ReadableStream
}

const timeoutMs = 15_000

export function http1Handler() {
  const [http, https] = [new HttpAgent({ keepAlive: true }), new HttpsAgent({ keepAlive: true })]
  return {
    metadata: { handlerProtocol: 'http/1.1' },
    handle: (sdkRequest: SdkRequest, { abortSignal }: { abortSignal?: AbortSignal } = {}) =>
      new Promise<{ response: SdkResponse }>((resolve, reject) => {
        const { protocol, hostname, port, path, method, headers, body } = sdkRequest
        const isSecure = protocol === 'https:'
        const options = { hostname, port, path, method, headers, agent: isSecure ? https : http, timeout: timeoutMs }
        const sent = (isSecure ? requestHttps : requestHttp)(options, (response) => {
          const text = Object.entries(response.headers).map(([name, value]) => [name, String(value)])
          resolve({
            response: { statusCode: response.statusCode ?? 0, headers: Object.fromEntries(text), body: response },
          })
        })
        sent.once('timeout', () => sent.destroy(new Error(`no answer within ${timeoutMs} ms`)))
        sent.once('error', reject)
        abortSignal?.addEventListener('abort', () => sent.destroy(new Error('aborted')), { once: true })
        sent.end(body)
      }),
    destroy: () => {
      http.destroy()
      https.destroy()
    },
  }
}
