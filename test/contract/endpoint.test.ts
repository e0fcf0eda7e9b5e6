// The cases of the published contracts as one table: what a client of SageMaker, of its containers, of the AWS solution or of the Open Inference Protocol sends, and what it must get.

import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ConfigInput } from '../../src/config.ts'
import { openWebRig, type WebRig } from '../rig/web.ts'

type Settings = NonNullable<ConfigInput['endpoint']>
type Sent = { method?: 'GET' | 'POST'; headers?: Record<string, string>; body?: string | Buffer }
/** `body`: the exact text, or what its JSON holds; `headers`: what they hold. */
type Expected = { status: number; headers?: Record<string, unknown>; body?: string | RegExp | object }
type Case = readonly [name: string, path: string, sent: Sent, expected: Expected]

const csv = { 'content-type': 'text/csv' }
const json = { 'content-type': 'application/json' }
const jsonLines = { 'content-type': 'application/jsonlines' }
const runtime = '/endpoints/fraud-xgb/invocations'
const instances = (...rows: unknown[]) => JSON.stringify({ instances: rows })
// Amount and country; over 500 the model says .98, else .02.
const rows = '10,DE\n900,FR\n'
const answers = { json: '{"predictions":[{"score":0.02},{"score":0.98}]}', csv: '0.02\n0.98\n' }
const csvAnswer = { 'content-type': 'text/csv; charset=utf-8' }

const tables: readonly { name: string; settings: Settings; cases: readonly Case[] }[] = [
  {
    name: 'SageMaker Runtime',
    settings: {},
    cases: [
      [
        'CSV gives CSV, and the variant',
        runtime,
        { headers: csv, body: rows },
        {
          status: 200,
          headers: {
            ...csvAnswer,
            'x-amzn-invoked-production-variant': 'champion',
            'x-amzn-requestid': expect.stringMatching(/^[0-9a-f-]{36}$/),
          },
          body: answers.csv,
        },
      ],
      [
        'JSON is accepted',
        runtime,
        { headers: { ...csv, accept: 'application/json' }, body: rows },
        { status: 200, headers: { 'content-type': 'application/json' }, body: answers.json },
      ],
      [
        '*/* is the default',
        runtime,
        { headers: { ...csv, accept: '*/*' }, body: rows },
        { status: 200, body: answers.csv },
      ],
      [
        'custom attributes come back',
        runtime,
        { headers: { ...csv, 'x-amzn-sagemaker-custom-attributes': 'trace=1' }, body: rows },
        { status: 200, headers: { 'x-amzn-sagemaker-custom-attributes': 'trace=1' } },
      ],
      [
        'a target variant is named',
        runtime,
        { headers: { ...csv, 'x-amzn-sagemaker-target-variant': 'champion' }, body: rows },
        { status: 200, headers: { 'x-amzn-invoked-production-variant': 'champion' } },
      ],
      [
        'an unknown target variant is a ValidationError',
        runtime,
        { headers: { ...csv, 'x-amzn-sagemaker-target-variant': 'v9' }, body: rows },
        {
          status: 400,
          headers: { 'x-amzn-errortype': 'ValidationError' },
          body: { Message: expect.stringMatching(/v9/) },
        },
      ],
      [
        'an unknown endpoint is a ValidationError',
        '/endpoints/other/invocations',
        { headers: csv, body: rows },
        {
          status: 400,
          headers: { 'x-amzn-errortype': 'ValidationError' },
          body: { Message: 'Endpoint other of account 000000000000 not found.' },
        },
      ],
      [
        'what the container refuses is a ModelError with its status',
        runtime,
        { headers: { 'content-type': 'image/png' }, body: rows },
        {
          status: 424,
          headers: { 'x-amzn-errortype': 'ModelError', 'content-type': 'application/json' },
          body: {
            ErrorCode: 'CLIENT_ERROR_FROM_MODEL',
            OriginalStatusCode: 415,
            OriginalMessage: expect.stringMatching(/image\/png/),
            Message: expect.stringMatching(/^Received client error \(415\) from primary with message ".*image\/png/),
          },
        },
      ],
      [
        'a row that cannot be evaluated is a ModelError of 400',
        runtime,
        { headers: csv, body: '1,2,3' },
        {
          status: 424,
          body: {
            OriginalStatusCode: 400,
            OriginalMessage: expect.stringMatching(/^Unable to evaluate payload provided: row 0/),
          },
        },
      ],
      [
        'an Accept that nothing fits is a ModelError of 406',
        runtime,
        { headers: { ...csv, accept: 'application/x-recordio-protobuf' }, body: rows },
        { status: 424, body: { OriginalStatusCode: 406 } },
      ],
      [
        'headers beyond the service model are ValidationErrors',
        runtime,
        { headers: { ...csv, 'x-amzn-sagemaker-inference-id': 'x'.repeat(65) }, body: rows },
        { status: 400, headers: { 'x-amzn-errortype': 'ValidationError' } },
      ],
      ['only POST invokes', runtime, { method: 'GET' }, { status: 405, headers: { allow: 'POST' } }],
    ],
  },
  {
    name: 'the XGBoost container',
    settings: {},
    cases: [
      ['CSV', '/invocations', { headers: csv, body: rows }, { status: 200, headers: csvAnswer, body: answers.csv }],
      [
        'semicolons are sniffed, an empty field is missing',
        '/invocations',
        { headers: csv, body: '10;\n900;FR' },
        { status: 200, body: answers.csv },
      ],
      ['nan is missing', '/invocations', { headers: csv, body: '10,nan' }, { status: 200, body: '0.02\n' }],
      [
        'one label is the default',
        '/invocations',
        { headers: { 'content-type': 'text/csv; label_size=1' }, body: rows },
        { status: 200, body: answers.csv },
      ],
      [
        'another number of labels is refused',
        '/invocations',
        { headers: { 'content-type': 'text/csv; label_size=0' }, body: rows },
        { status: 415, headers: { 'content-type': 'text/plain; charset=utf-8' }, body: /label_size is 0/ },
      ],
      [
        'libsvm, from 1 on; what is left out is missing',
        '/invocations',
        { headers: { 'content-type': 'text/libsvm' }, body: '0 1:10 2:DE\n0 1:900 2:FR' },
        { status: 200, body: answers.csv },
      ],
      [
        'text/x-libsvm without labels, from 0 on',
        '/invocations',
        { headers: { 'content-type': 'text/x-libsvm' }, body: '0:10 1:DE' },
        { status: 200, body: '0.02\n' },
      ],
      ['no content type is libsvm', '/invocations', { body: '1 1:900 2:FR' }, { status: 200, body: '0.98\n' }],
      ['an empty body is nothing', '/invocations', { headers: csv, body: '' }, { status: 204, body: '' }],
      ['what cannot be read', '/invocations', { headers: json, body: '{' }, { status: 415, body: /not JSON/ }],
      [
        'what cannot be evaluated',
        '/invocations',
        { headers: csv, body: 'x,DE' },
        { status: 400, body: /"amount" is the text "x"/ },
      ],
      [
        'an Accept that does not fit',
        '/invocations',
        { headers: { ...csv, accept: 'application/jsonlines' }, body: rows },
        { status: 406, body: /text\/csv or application\/json/ },
      ],
      [
        'JSON: features, data.features.values, columns by name',
        '/invocations',
        {
          headers: json,
          body: instances(
            { features: [10, 'DE'] },
            { data: { features: { values: [900, 'FR'] } } },
            { transaction_id: 't', time: '2026-03-03T10:00:00Z', card: 'c', amount: 900, country: null },
          ),
        },
        { status: 200, body: `${answers.csv}0.98\n` },
      ],
      [
        'JSON lines',
        '/invocations',
        { headers: jsonLines, body: '{"features":[10,"DE"]}\n{"data":{"features":{"values":[900,null]}}}\n' },
        { status: 200, body: answers.csv },
      ],
      [
        'every column of the history but the label',
        '/invocations',
        { headers: csv, body: 't1,2026-03-03T10:00:00Z,card-1,900,FR' },
        { status: 200, body: '0.98\n' },
      ],
      [
        'a gzipped body',
        '/invocations',
        { headers: { ...csv, 'content-encoding': 'gzip' }, body: gzipSync(rows) },
        { status: 200, body: answers.csv },
      ],
      ['ping', '/ping', { method: 'GET' }, { status: 200, body: '' }],
      [
        'execution parameters',
        '/execution-parameters',
        { method: 'GET' },
        { status: 200, body: { MaxConcurrentTransforms: 8, BatchStrategy: 'MULTI_RECORD', MaxPayloadInMB: 6 } },
      ],
    ],
  },
  {
    name: 'the XGBoost container before April 2022',
    settings: { csvJoin: 'comma' },
    cases: [
      ['predictions on one line', '/invocations', { headers: csv, body: rows }, { status: 200, body: '0.02,0.98' }],
    ],
  },
  {
    name: 'the XGBoost container with SAGEMAKER_INFERENCE_OUTPUT',
    settings: {
      output: ['predicted_label', 'labels', 'probability', 'probabilities', 'predicted_score'],
      labelThreshold: 0.5,
    },
    cases: [
      [
        'CSV quotes lists; what the objective does not have is nan',
        '/invocations',
        { headers: csv, body: '900,FR' },
        { status: 200, body: '1,"[0, 1]",0.98,"[0.02, 0.98]",nan\n' },
      ],
      [
        'JSON',
        '/invocations',
        { headers: { ...csv, accept: 'application/json' }, body: '10,FR' },
        {
          status: 200,
          body: {
            predictions: [
              {
                predicted_label: 0,
                labels: [0, 1],
                probability: 0.02,
                probabilities: [0.98, 0.02],
                predicted_score: null,
              },
            ],
          },
        },
      ],
      [
        'JSON lines',
        '/invocations',
        { headers: { ...csv, accept: 'application/jsonlines' }, body: rows },
        {
          status: 200,
          headers: { 'content-type': 'application/jsonlines' },
          body: /^\{"predicted_label":0.*\}\n\{"predicted_label":1.*\}\n$/,
        },
      ],
    ],
  },
  {
    name: 'Linear Learner',
    settings: { algorithm: 'linearLearner' },
    cases: [
      [
        'CSV in, JSON out',
        runtime,
        { headers: csv, body: rows },
        {
          status: 200,
          headers: { 'content-type': 'application/json' },
          body: '{"predictions":[{"score":0.02,"predicted_label":0},{"score":0.98,"predicted_label":1}]}',
        },
      ],
      [
        'JSON lines out',
        runtime,
        { headers: { ...csv, accept: 'application/jsonlines' }, body: rows },
        { status: 200, body: '{"score":0.02,"predicted_label":0}\n{"score":0.98,"predicted_label":1}\n' },
      ],
      [
        'label_size=0',
        runtime,
        { headers: { 'content-type': 'text/csv;label_size=0' }, body: '10,DE' },
        { status: 200, body: '{"predictions":[{"score":0.02,"predicted_label":0}]}' },
      ],
      [
        'a label among the features is refused',
        runtime,
        { headers: { 'content-type': 'text/csv;label_size=1' }, body: '0,10,DE' },
        { status: 424, body: { OriginalStatusCode: 415 } },
      ],
      [
        'an empty body is refused',
        runtime,
        { headers: csv, body: '' },
        { status: 424, body: { OriginalStatusCode: 400 } },
      ],
    ],
  },
  {
    name: 'Random Cut Forest',
    settings: { algorithm: 'randomCutForest' },
    cases: [
      [
        'JSON',
        runtime,
        { headers: csv, body: rows },
        { status: 200, body: '{"scores":[{"score":0.02},{"score":0.98}]}' },
      ],
      [
        'JSON lines',
        runtime,
        { headers: { ...csv, accept: 'application/jsonlines' }, body: rows },
        { status: 200, body: '{"score":0.02}\n{"score":0.98}\n' },
      ],
      [
        'a sparse vector: what it leaves out is 0',
        runtime,
        { headers: json, body: instances({ data: { features: { keys: [0], shape: [2], values: [900] } } }) },
        { status: 200, body: '{"scores":[{"score":0.98}]}' },
      ],
    ],
  },
  {
    name: 'the AWS fraud solution',
    settings: {},
    cases: [
      [
        'both models where none is named',
        '/prod/invocations',
        { headers: json, body: JSON.stringify({ data: '900,FR', metadata: ['2019-10-01 12:00:00', 'r1', 'Web'] }) },
        {
          status: 200,
          body: { anomaly_detector: { score: 0.98 }, fraud_classifier: { pred_proba: 0.98, prediction: 1 } },
        },
      ],
      [
        'the one in the query, at the container’s address',
        '/invocations?model=fraud_classifier',
        { headers: json, body: JSON.stringify({ data: '10,FR', metadata: ['2019-10-01 12:00:00', 'r1', 'Web'] }) },
        { status: 200, body: { fraud_classifier: { pred_proba: 0.02, prediction: 0 } } },
      ],
      [
        'told from the container’s own JSON by its members',
        '/invocations',
        { headers: json, body: JSON.stringify({ data: '10,FR', metadata: ['x'], model: 'anomaly_detector' }) },
        { status: 200, body: { anomaly_detector: { score: 0.02 } } },
      ],
      [
        'no metadata',
        '/prod/invocations',
        { headers: json, body: '{"data": "10,FR"}' },
        { status: 400, body: /metadata/ },
      ],
      [
        'another model',
        '/prod/invocations?model=other',
        { headers: json, body: JSON.stringify({ data: '10,FR', metadata: ['x'] }) },
        { status: 400, body: /anomaly_detector/ },
      ],
    ],
  },
  {
    name: 'Open Inference Protocol',
    settings: {},
    cases: [
      ['the server', '/v2', { method: 'GET' }, { status: 200, body: { name: 'tocsin', extensions: [] } }],
      ['alive', '/v2/health/live', { method: 'GET' }, { status: 200, body: { live: true } }],
      ['ready', '/v2/health/ready', { method: 'GET' }, { status: 200, body: { ready: true } }],
      [
        'a model’s readiness',
        '/v2/models/card-fraud/ready',
        { method: 'GET' },
        { status: 200, body: { name: 'card-fraud', ready: true } },
      ],
      [
        'metadata: columns of several kinds are tensors of their own',
        '/v2/models/card-fraud',
        { method: 'GET' },
        {
          status: 200,
          body: {
            name: 'card-fraud',
            versions: ['1'],
            platform: 'tocsin',
            inputs: [
              { name: 'amount', datatype: 'FP64', shape: [-1, 1] },
              { name: 'country', datatype: 'BYTES', shape: [-1, 1] },
            ],
            outputs: [
              { name: 'predict', datatype: 'FP32', shape: [-1, 1] },
              { name: 'alert', datatype: 'BOOL', shape: [-1, 1] },
            ],
          },
        },
      ],
      [
        'a tensor of rows, flat; the id comes back',
        '/v2/models/card-fraud/infer',
        {
          headers: json,
          body: JSON.stringify({
            id: '42',
            parameters: {},
            inputs: [{ name: 'input-0', shape: [2, 2], datatype: 'BYTES', data: ['10', 'DE', '900', 'FR'] }],
            outputs: [{ name: 'predict' }],
          }),
        },
        {
          status: 200,
          body: {
            model_name: 'card-fraud',
            model_version: '1',
            id: '42',
            outputs: [{ name: 'predict', shape: [2, 1], datatype: 'FP32', data: [0.02, 0.98] }],
          },
        },
      ],
      [
        'nested data, a version, both outputs',
        '/v2/models/card-fraud/versions/1/infer',
        {
          headers: json,
          body: JSON.stringify({
            inputs: [{ name: 'x', shape: [1, 2], datatype: 'BYTES', data: [['900', 'FR']] }],
            outputs: [{ name: 'predict' }, { name: 'alert' }],
          }),
        },
        {
          status: 200,
          body: {
            model_name: 'card-fraud',
            model_version: '1',
            outputs: [
              { name: 'predict', shape: [1, 1], datatype: 'FP32', data: [0.98] },
              { name: 'alert', shape: [1, 1], datatype: 'BOOL', data: [true] },
            ],
          },
        },
      ],
      [
        'a tensor for each column, by name',
        '/v2/models/card-fraud/infer',
        {
          headers: json,
          body: JSON.stringify({
            inputs: [
              { name: 'transaction_id', shape: [1], datatype: 'BYTES', data: ['t'] },
              { name: 'time', shape: [1], datatype: 'BYTES', data: ['2026-03-03T10:00:00Z'] },
              { name: 'card', shape: [1], datatype: 'BYTES', data: ['c'] },
              { name: 'amount', shape: [1, 1], datatype: 'FP64', data: [900] },
            ],
          }),
        },
        { status: 200, body: { outputs: [{ data: [0.98] }] } },
      ],
      [
        'an unknown model',
        '/v2/models/other/infer',
        { headers: json, body: '{}' },
        { status: 404, body: { error: expect.stringMatching(/"other"/) } },
      ],
      [
        'an unknown version',
        '/v2/models/card-fraud/versions/9',
        { method: 'GET' },
        { status: 404, body: { error: expect.stringMatching(/"9"/) } },
      ],
      [
        'a shape that its data does not have',
        '/v2/models/card-fraud/infer',
        { headers: json, body: '{"inputs":[{"name":"x","shape":[2,2],"datatype":"FP32","data":[1]}]}' },
        { status: 400, body: { error: expect.stringMatching(/4 values/) } },
      ],
      [
        'no inputs',
        '/v2/models/card-fraud/infer',
        { headers: json, body: '{}' },
        { status: 400, body: { error: expect.stringMatching(/inputs/) } },
      ],
    ],
  },
]

describe.each(tables)('$name', ({ settings, cases }) => {
  let rig: WebRig
  beforeAll(async () => {
    rig = await openWebRig({ settings })
  })
  afterAll(() => rig.close())

  test.each(cases)('%s', async (_, path, { method = 'POST', headers = {}, body }, expected) => {
    const answer = await rig.app.inject({
      method,
      url: path,
      headers,
      ...(body === undefined ? {} : { payload: body }),
    })
    expect([answer.statusCode, answer.body]).toEqual([expected.status, expect.any(String)])
    if (expected.headers) expect(answer.headers).toMatchObject(expected.headers)
    if (typeof expected.body === 'string') expect(answer.body).toBe(expected.body)
    else if (expected.body instanceof RegExp) expect(answer.body).toMatch(expected.body)
    else if (expected.body) expect(answer.json()).toMatchObject(expected.body)
  })
})

test('without a model the endpoint says so in each door’s own words, and is not healthy', async () => {
  const rig = await openWebRig({ hasModel: false })
  const ask = async (url: string, method: 'GET' | 'POST' = 'POST') =>
    rig.app.inject({ method, url, headers: csv, ...(method === 'POST' ? { payload: rows } : {}) })
  const invoked = await ask(runtime)
  expect([invoked.statusCode, invoked.headers['x-amzn-errortype']]).toEqual([429, 'ModelNotReadyException'])
  expect((await ask('/invocations')).statusCode).toBe(503)
  expect((await ask('/ping', 'GET')).statusCode).toBe(503)
  expect((await ask('/v2/health/ready', 'GET')).json()).toEqual({ error: expect.stringMatching(/no model yet/) })
  await rig.close()
})
