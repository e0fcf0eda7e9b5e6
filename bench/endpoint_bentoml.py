"""XGBoost behind BentoML as its users write it. MODEL names the model's file."""
import os

import bentoml
import numpy as np
import xgboost


@bentoml.service(workers=1, metrics={"enabled": False})
class Endpoint:
    def __init__(self) -> None:
        self.booster = xgboost.Booster()
        self.booster.load_model(os.environ["MODEL"])
        self.booster.set_param({"nthread": 1})

    @bentoml.api
    def predict(self, rows: list[list[float]]) -> list[float]:
        return self.booster.inplace_predict(np.array(rows, dtype=np.float32)).tolist()
