"""What a user would build instead: batches from Kafka in, scored with XGBoost, by COPY into PostgreSQL out; for cluster.ts, one question, one answer."""
import json, sys, time

import numpy as np
import psycopg
import xgboost
from confluent_kafka import Consumer

folder = sys.argv[1]
q = json.loads(sys.stdin.readline())
model = xgboost.Booster(model_file=f"{folder}/model.json")
model.set_param({"nthread": 1})
consumer = Consumer({"bootstrap.servers": q["broker"], "group.id": f"python-{q['topic']}", "auto.offset.reset": "earliest",
                     "enable.auto.commit": False})
consumer.subscribe([q["topic"]])
db = psycopg.connect(q["url"])
table = f"rival_{q['topic']}"
db.execute(f"create table {table} (id text primary key, time double precision, card text, score double precision, alert boolean, event text)")
db.execute(f"create table {table}_alert (id text primary key, score double precision)")
db.commit()

stored = first = start = 0
while stored < q["events"]:
    messages = [m for m in consumer.consume(1000, timeout=0.1) if m.error() is None]
    if not messages:
        continue
    events = [json.loads(m.value()) for m in messages]
    x = np.array([[e[name] for name in q["features"]] for e in events], dtype=np.float32)
    scores = model.inplace_predict(x)
    # At least once: the database first, then the position; an event that comes again would break the key, and a person would look.
    with db.cursor() as cursor:
        with cursor.copy(f"copy {table} (id, time, card, score, alert, event) from stdin") as rows:
            for m, e, s in zip(messages, events, scores):
                rows.write_row((e["id"], e["time"], e["card"], float(s), bool(s >= q["threshold"]), m.value().decode()))
        alerts = [(e["id"], float(s)) for e, s in zip(events, scores) if s >= q["threshold"]]
        if alerts:
            cursor.executemany(f"insert into {table}_alert values (%s, %s)", alerts)
    db.commit()
    consumer.commit(asynchronous=False)
    stored += len(events)
    if not start:
        start, first = time.perf_counter(), stored
print(json.dumps({"perSecond": (stored - first) / (time.perf_counter() - start)}), flush=True)
