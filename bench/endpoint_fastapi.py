"""XGBoost behind FastAPI as its users write it: one process, CSV or JSON rows in, scores out. MODEL names the model's file."""
import os
import time

import numpy as np
import xgboost
from fastapi import FastAPI, Request, Response

booster = xgboost.Booster()
booster.load_model(os.environ["MODEL"])
booster.set_param({"nthread": 1})
app = FastAPI()
spent = {"parsing": 0.0, "all": 0.0}


def count(start, parsed):
    spent["parsing"] += parsed - start
    spent["all"] += time.perf_counter() - start


@app.post("/invocations")
async def invocations(request: Request):
    body = await request.body()
    start = time.perf_counter()
    if request.headers.get("content-type") == "text/csv":
        rows = np.array([line.split(",") for line in body.decode().strip().split("\n")], dtype=np.float32)
        parsed = time.perf_counter()
        answer = Response("".join(f"{score}\n" for score in booster.inplace_predict(rows)), media_type="text/csv")
    else:
        rows = np.array([one["features"] for one in (await request.json())["instances"]], dtype=np.float32)
        parsed = time.perf_counter()
        answer = {"predictions": [{"score": float(score)} for score in booster.inplace_predict(rows)]}
    count(start, parsed)
    return answer


@app.get("/spent")
async def take_spent():
    """Seconds since the last call."""
    taken = dict(spent)
    spent.update(parsing=0.0, all=0.0)
    return taken
