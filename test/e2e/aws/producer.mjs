// A program as its team runs it against AWS: payments to a Kinesis stream and to a Firehose delivery stream. It knows nothing of Tocsin.

import { FirehoseClient, PutRecordBatchCommand } from '@aws-sdk/client-firehose'
import {
  CreateStreamCommand,
  DescribeStreamSummaryCommand,
  KinesisClient,
  PutRecordsCommand,
} from '@aws-sdk/client-kinesis'

const payment = (id, amount) => ({
  ...{ transaction_id: id, time: new Date().toISOString(), card: `C-${id}`, amount, country: 'DE' },
})
const kinesis = new KinesisClient()
await kinesis.send(new CreateStreamCommand({ StreamName: 'payments', ShardCount: 1 }))
await kinesis.send(new DescribeStreamSummaryCommand({ StreamName: 'payments' }))
const Records = [10, 900, 20].map((amount, i) => {
  const event = payment(`kinesis-${i}`, amount)
  return { PartitionKey: event.card, Data: Buffer.from(JSON.stringify(event)) }
})
const { FailedRecordCount } = await kinesis.send(new PutRecordsCommand({ StreamName: 'payments', Records }))

const firehose = new FirehoseClient()
const lines = [800, 30].map((amount, i) => ({
  Data: Buffer.from(`${JSON.stringify(payment(`firehose-${i}`, amount))}\n`),
}))
const { FailedPutCount } = await firehose.send(
  new PutRecordBatchCommand({ DeliveryStreamName: 'payments-delivery', Records: lines }),
)
console.log(FailedRecordCount + FailedPutCount)
kinesis.destroy()
firehose.destroy()
