"""XGBoost behind FastAPI as its users write it: one process, CSV or JSON rows in, scores out. MODEL names the model's file."""
import os

import numpy as np
import xgboost
from fastapi import FastAPI, Request, Response

booster = xgboost.Booster()
booster.load_model(os.environ["MODEL"])
booster.set_param({"nthread": 1})
app = FastAPI()


@app.post("/invocations")
async def invocations(request: Request):
    body = await request.body()
    if request.headers["content-type"] == "text/csv":
        rows = np.array([line.split(",") for line in body.decode().strip().split("\n")], dtype=np.float32)
        return Response("".join(f"{score}\n" for score in booster.inplace_predict(rows)), media_type="text/csv")
    rows = np.array([one["features"] for one in (await request.json())["instances"]], dtype=np.float32)
    return {"predictions": [{"score": float(score)} for score in booster.inplace_predict(rows)]}
