# A program as its team runs it against AWS, in Python: payments to a Kinesis stream, read back, and to Firehose.

import datetime
import json

import boto3


def payment(id, amount):
    now = datetime.datetime.now(datetime.timezone.utc).isoformat()
    return json.dumps({"transaction_id": id, "time": now, "card": f"C-{id}", "amount": amount, "country": "DE"})


kinesis = boto3.client("kinesis")
records = [{"PartitionKey": f"C-{i}", "Data": payment(f"boto3-{i}", amount)} for i, amount in enumerate([10, 900])]
failed = kinesis.put_records(StreamName="payments", Records=records)["FailedRecordCount"]
shard = kinesis.list_shards(StreamName="payments")["Shards"][0]["ShardId"]
iterator = kinesis.get_shard_iterator(StreamName="payments", ShardId=shard, ShardIteratorType="TRIM_HORIZON")
read = kinesis.get_records(ShardIterator=iterator["ShardIterator"])["Records"]
assert any(json.loads(record["Data"])["transaction_id"] == "boto3-1" for record in read)

firehose = boto3.client("firehose")
firehose.put_record(DeliveryStreamName="payments", Record={"Data": payment("boto3-firehose", 700) + "\n"})
print(failed)
