# XGBoost's own margins for the oracle test. Needs numpy and xgboost, once 1.7.6 and once 3.x:
#   python make_xgboost.py        writes models/xgboost-<version>-*.json
import json, os, pickle, re, tempfile
import numpy as np
import xgboost as xgb
from vectors import adversarial, history, write

MAJOR = int(xgb.__version__.split(".")[0])
PREFIX = f"xgboost-{xgb.__version__}"


def saved(booster, extension):
    with tempfile.TemporaryDirectory() as place:
        path = os.path.join(place, f"model{extension}")
        booster.save_model(path)
        return open(path, "rb").read()


def thresholds(booster):
    found = {}
    model = json.loads(re.sub(r"\bNaN\b", "null", saved(booster, ".json").decode()))
    gbm = model["learner"]["gradient_booster"]
    for tree in (gbm.get("gbtree") or gbm)["model"]["trees"]:
        for left, feature, at in zip(tree["left_children"], tree["split_indices"], tree["split_conditions"]):
            if left != -1 and at is not None:
                found.setdefault(feature, set()).add(np.float32(at))
    return found


def case(name, params, rounds=20, categories=0, stop=False, classes=0, extensions=(".json", ".ubj"), shap=False, odd_zero=False):
    x, y = history(len(name), categories=categories)
    if classes:
        y = np.clip(np.floor(np.nan_to_num(x[:, 2]) + 1), 0, classes - 1)
    if params.get("objective", "").startswith(("count", "reg:gamma", "reg:tweedie")):
        y = y * 2 + 1
    types = ["c" if i < categories else "q" for i in range(x.shape[1])]
    names = [f"column{i}" for i in range(x.shape[1])]
    data = lambda rows, label=None: xgb.DMatrix(rows, label=label, feature_types=types, feature_names=names, enable_categorical=True)
    params = {"max_depth": 4, "eta": 0.3, "tree_method": "hist", "seed": 7, "nthread": 1, **params}
    train, valid = data(x[:450], y[:450]), data(x[450:], y[450:])
    options = {"evals": [(valid, "valid")], "early_stopping_rounds": 3, "verbose_eval": False} if stop else {}
    booster = xgb.train(params, train, rounds, **options)
    rows = adversarial(len(name) + 1, x, thresholds(booster), np.float32, categories=categories)
    matrix = data(rows)
    used = (0, booster.best_iteration + 1) if stop else (0, 0)
    margins = booster.predict(matrix, output_margin=True, iteration_range=used)
    scores = booster.predict(matrix, iteration_range=used)
    parts = booster.predict(matrix, pred_contribs=True, iteration_range=used) if shap else None
    for extension in extensions:
        if extension == ".pickle":
            model = pickle.dumps(booster, protocol=4)
        else:
            model = saved(booster, extension)
        label = {"": "binary", ".deprecated": "binary"}.get(extension, extension[1:])
        write(f"{PREFIX}-{name}-{label}", f"xgboost {xgb.__version__}", model, rows, margins, scores, parts)


logistic = {"objective": "binary:logistic"}
binary = (".deprecated",) if MAJOR == 1 else ()
case("logistic", logistic, shap=True, extensions=(".json", ".ubj", ".pickle", *binary))
case("categorical", {**logistic, "max_cat_to_onehot": 4}, categories=2)
case("dart", {**logistic, "booster": "dart", "rate_drop": 0.3, "one_drop": 1}, extensions=(".json", ".ubj", *binary))
case("stopped", logistic, rounds=60, stop=True, extensions=(".json", *binary))
case("forest", {**logistic, "num_parallel_tree": 4, "subsample": 0.6}, rounds=6, extensions=(".ubj", *binary))
case("classes", {"objective": "multi:softprob", "num_class": 3}, rounds=8, classes=3, extensions=(".json", *binary))
case("raw", {"objective": "binary:logitraw", "base_score": 0.3}, extensions=(".ubj", *binary))
case("squared", {"objective": "reg:squarederror"}, extensions=(".json", *binary))
case("poisson", {"objective": "count:poisson"}, extensions=(".json", *binary))
case("gamma", {"objective": "reg:gamma"}, extensions=(".ubj",))
case("tweedie", {"objective": "reg:tweedie"}, extensions=(".ubj",))
case("leafwise", {**logistic, "grow_policy": "lossguide", "max_leaves": 24, "max_depth": 0, "scale_pos_weight": 20}, extensions=(".ubj",))
