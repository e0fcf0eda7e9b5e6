# LightGBM's own margins for the oracle test. Needs numpy and lightgbm 4.x:
#   python make_lightgbm.py       writes models/lightgbm-<version>-*.json
import numpy as np
import lightgbm as lgb
from vectors import adversarial, history, write

PREFIX = f"lightgbm-{lgb.__version__}"


def thresholds(text):
    found = {}
    features = []
    for line in text.splitlines():
        key, _, value = line.partition("=")
        if key == "split_feature":
            features = [int(v) for v in value.split()]
        if key == "threshold":
            for feature, at in zip(features, value.split()):
                found.setdefault(feature, set()).add(float(at))
    return found


def case(name, params, rounds=15, categories=0, missing=0.1, label=None, zeros=0.0, infinite=False, shap=False):
    x, y = history(len(name) + 50, categories=categories, missing=missing)
    x = x.astype(np.float64)
    rng = np.random.default_rng(len(name))
    if zeros:
        x[rng.random(x.shape) < zeros] = 0.0
    if infinite:
        x[rng.random(x.shape) < 0.2] = np.inf
        x[rng.random(x.shape) < 0.1] = -np.inf
    if label:
        y = label(x, y)
    params = {"objective": "binary", "num_leaves": 15, "min_data_in_leaf": 5, "learning_rate": 0.2, "verbose": -1,
              "num_threads": 1, "seed": 7, "deterministic": True, **params}
    booster = lgb.train(params, lgb.Dataset(x, y, categorical_feature=list(range(categories)) or "auto"), rounds)
    text = booster.model_to_string()
    rows = adversarial(len(name) + 1, np.nan_to_num(x, posinf=9.0, neginf=-9.0, nan=np.nan), thresholds(text), np.float64, categories=categories)
    if infinite:
        where = rng.random(rows.shape) < 0.2
        rows[where] = np.where(rng.random(where.sum()) < 0.5, np.inf, -np.inf)
    if shap:  # contributions are asked of float32 vectors
        rows = rows.astype(np.float32).astype(np.float64)
    parts = booster.predict(rows, pred_contrib=True) if shap else None
    write(f"{PREFIX}-{name}", f"lightgbm {lgb.__version__}", text.encode(), rows,
          booster.predict(rows, raw_score=True), booster.predict(rows), parts)


case("missing-nan", {})
case("missing-none", {}, missing=0.0)
case("explained", {}, shap=True)
case("explained-zeros", {}, missing=0.0, zeros=0.3, shap=True)
case("missing-zero", {"zero_as_missing": True}, zeros=0.2)
case("not-missing", {"use_missing": False})
case("zeros", {}, missing=0.0, zeros=0.3)
case("infinite", {}, infinite=True)
case("categorical", {"min_data_per_group": 5, "cat_smooth": 1}, categories=2)
case("dart", {"boosting": "dart", "drop_rate": 0.4})
case("forest", {"boosting": "rf", "bagging_freq": 1, "bagging_fraction": 0.6})
case("linear", {"linear_tree": True, "objective": "binary"})
case("sigmoid", {"sigmoid": 2.0})
case("quantised", {"use_quantized_grad": True})
three = lambda x, y: np.clip(np.floor(np.nan_to_num(x[:, 2]) + 1), 0, 2)
case("classes", {"objective": "multiclass", "num_class": 3, "num_leaves": 7}, rounds=8, label=three)
case("one-against-all", {"objective": "multiclassova", "num_class": 3, "num_leaves": 7}, rounds=8, label=three)
case("cross-entropy", {"objective": "cross_entropy"})
case("sqrt", {"objective": "regression", "reg_sqrt": True}, label=lambda x, y: np.nan_to_num(x[:, 3]))
case("poisson", {"objective": "poisson"}, label=lambda x, y: y * 2 + 1)
case("weighted", {"scale_pos_weight": 30, "extra_trees": True})
