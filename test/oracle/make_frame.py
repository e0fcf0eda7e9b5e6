# Models of pandas frames with texts in them, for the oracle tests. Needs numpy and pandas; xgboost 3.1 or later, lightgbm 4.x, onnxmltools and
# onnxruntime: writes what there is the library for.
#   python make_frame.py [xgboost] [lightgbm] [onnx]
import json, os, sys, tempfile
import numpy as np
import pandas as pd
from vectors import adversarial, history, write

# In no order that sorting would give, and with more than ASCII.
ORDERS = {"country": ["FR", "DE", "Österreich", "US", "IT"], "channel": ["web", "till", "app"]}
NAMES = ["country", "channel", "speed", "heat", "torque", "amount"]


def data(seed):
    x, _ = history(seed, categories=2)
    for column, order in enumerate(ORDERS.values()):
        x[:, column] = np.where(np.isnan(x[:, column]), np.nan, np.mod(np.nan_to_num(x[:, column]), len(order)))
    rng = np.random.default_rng(seed)
    odd = np.isin(x[:, 0], [1, 4]) * 1.5 + (x[:, 1] == 2)
    y = (np.nan_to_num(x[:, 3]) + odd + rng.normal(size=len(x)) > 2.2).astype(np.float32)
    return x, y


def frame(x):
    out = pd.DataFrame(x, columns=NAMES)
    for column, (name, order) in enumerate(ORDERS.items()):
        codes = np.where(np.isnan(x[:, column]), -1, np.nan_to_num(x[:, column])).astype(int)
        out[name] = pd.Categorical.from_codes(codes, categories=order)
    return out


def rows_for(x, thresholds):
    rows = adversarial(5, x, thresholds, np.float32, categories=2)
    rng = np.random.default_rng(6)
    for column, order in enumerate(ORDERS.values()):
        rows[:, column] = np.where(rng.random(len(rows)) < 0.1, np.nan, rng.integers(0, len(order), len(rows)))
    return rows


def xgboost():
    import xgboost as xgb
    x, y = data(21)
    params = {"objective": "binary:logistic", "max_depth": 4, "eta": 0.3, "seed": 7, "nthread": 1, "max_cat_to_onehot": 4}
    booster = xgb.train(params, xgb.DMatrix(frame(x), y, enable_categorical=True), 15)
    found = {}
    with tempfile.TemporaryDirectory() as place:
        models = {}
        for extension in ("json", "ubj"):
            booster.save_model(path := os.path.join(place, f"model.{extension}"))
            models[extension] = open(path, "rb").read()
    for tree in json.loads(models["json"])["learner"]["gradient_booster"]["model"]["trees"]:
        for left, feature, at, kind in zip(tree["left_children"], tree["split_indices"], tree["split_conditions"], tree["split_type"]):
            if left != -1 and kind == 0:
                found.setdefault(feature, set()).add(np.float32(at))
    rows = rows_for(x, found)
    matrix = xgb.DMatrix(frame(rows), enable_categorical=True)
    for extension, model in models.items():
        write(f"xgboost-{xgb.__version__}-frame-{extension}", f"xgboost {xgb.__version__}", model, rows,
              booster.predict(matrix, output_margin=True), booster.predict(matrix))


def trained(x, y):
    import lightgbm as lgb
    params = {"objective": "binary", "num_leaves": 15, "min_data_in_leaf": 5, "learning_rate": 0.2, "verbose": -1, "num_threads": 1,
              "seed": 7, "deterministic": True, "min_data_per_group": 5, "cat_smooth": 1, "max_cat_to_onehot": 2}
    return lgb.train(params, lgb.Dataset(x, y), 15)


def lightgbm():
    import lightgbm as lgb
    x, y = data(22)
    booster = trained(frame(x), y)
    text = booster.model_to_string()
    found = {}
    for line in text.splitlines():
        key, _, value = line.partition("=")
        if key == "split_feature":
            features = [int(v) for v in value.split()]
        if key == "threshold":
            for feature, at in zip(features, value.split()):
                found.setdefault(feature, set()).add(float(at))
    # What Tocsin serves is float32.
    rows = rows_for(x, found)
    write(f"lightgbm-{lgb.__version__}-frame", f"lightgbm {lgb.__version__}", text.encode(), rows,
          booster.predict(frame(rows), raw_score=True), booster.predict(frame(rows)))


def onnx():
    from onnxmltools import convert_lightgbm
    from onnxmltools.convert.common.data_types import FloatTensorType
    from make_onnx import record
    x, y = data(23)
    # Converters send what is missing astray at equalities: the codes are all there.
    x[:, :2] = np.nan_to_num(x[:, :2])
    import lightgbm as lgb
    booster = lgb.train({"objective": "binary", "num_leaves": 7, "min_data_in_leaf": 5, "verbose": -1, "num_threads": 1, "seed": 7,
                         "min_data_per_group": 5, "cat_smooth": 1, "max_cat_to_onehot": 8},
                        lgb.Dataset(x, y, categorical_feature=[0, 1]), 10)
    model = convert_lightgbm(booster, initial_types=[("x", FloatTensorType([None, x.shape[1]]))], zipmap=False)
    record("lightgbm", model, lambda thresholds: rows_for(x, thresholds), True)


for name in sys.argv[1:] or ["xgboost", "lightgbm", "onnx"]:
    {"xgboost": xgboost, "lightgbm": lightgbm, "onnx": onnx}[name]()
