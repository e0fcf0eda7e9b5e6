"""Questions as JSON lines in, answers as JSON lines out: XGBoost, LightGBM and scikit-learn, tuned on time-ordered validation, for rivals.ts."""
import json, os, sys, time

os.environ["OMP_NUM_THREADS"] = "1"
import numpy as np
import lightgbm, sklearn, xgboost
from sklearn.ensemble import HistGradientBoostingClassifier

folder = sys.argv[1]
patience = 30


def log(random, low, high):
    return float(low * (high / low) ** random.random())


def whole(random, low, high):
    return int(round(log(random, low, high)))


def fit_xgboost(fit, stop, q, random):
    settings = dict(objective="binary:logistic", eval_metric="aucpr", tree_method="hist", nthread=1, seed=1)
    if random:
        settings |= dict(eta=log(random, 0.02, 0.3), max_depth=whole(random, 3, 10), min_child_weight=log(random, 0.1, 30),
                         subsample=random.uniform(0.5, 1), colsample_bytree=random.uniform(0.5, 1),
                         reg_lambda=log(random, 0.1, 100), scale_pos_weight=log(random, 0.5, 10))
    kinds = ["c" if c else "q" for c in q["categories"]]
    matrix = lambda part: xgboost.DMatrix(part[0], part[1], weight=part[2], feature_types=kinds, enable_categorical=True)
    model = xgboost.train(settings, matrix(fit), q["trees"], evals=[(matrix(stop), "stop")], early_stopping_rounds=patience, verbose_eval=False)
    used = (0, model.best_iteration + 1)
    return lambda x: model.predict(xgboost.DMatrix(x, feature_types=kinds, enable_categorical=True), iteration_range=used, output_margin=True)


def fit_lightgbm(fit, stop, q, random):
    settings = dict(objective="binary", metric="average_precision", num_threads=1, verbose=-1, seed=1)
    if random:
        settings |= dict(learning_rate=log(random, 0.02, 0.2), num_leaves=whole(random, 6, 96), min_data_in_leaf=whole(random, 5, 100),
                         feature_fraction=random.uniform(0.5, 1), bagging_fraction=random.uniform(0.5, 1), bagging_freq=1,
                         lambda_l2=log(random, 0.1, 100), scale_pos_weight=log(random, 0.5, 10))
    places = [i for i, c in enumerate(q["categories"]) if c]
    whole_set = lightgbm.Dataset(fit[0], fit[1], weight=fit[2], categorical_feature=places)
    model = lightgbm.train(settings, whole_set, q["trees"], valid_sets=[lightgbm.Dataset(stop[0], stop[1], weight=stop[2], reference=whole_set)],
                           callbacks=[lightgbm.early_stopping(patience, verbose=False)])
    return lambda x: model.predict(x, num_iteration=model.best_iteration, raw_score=True, num_threads=1)


# scikit-learn's own takes ten times as long, and is asked after every tree.
def average_precision(y, scores, weight):
    order = np.argsort(-scores, kind="stable")
    found, seen = np.cumsum((y * weight)[order]), np.cumsum(weight[order])
    last = np.append(np.diff(scores[order]) != 0, True)
    found, seen = found[last], seen[last]
    return float(np.sum(np.diff(found, prepend=0) * found / seen) / found[-1])


def fit_sklearn(fit, stop, q, random):
    settings, factor = {}, 1
    if random:
        settings = dict(learning_rate=log(random, 0.02, 0.2), max_leaf_nodes=whole(random, 6, 96), min_samples_leaf=whole(random, 5, 100),
                        l2_regularization=log(random, 0.1, 100), max_features=random.uniform(0.5, 1))
        factor = log(random, 0.5, 10)
    model = HistGradientBoostingClassifier(max_iter=q["trees"], random_state=1, early_stopping=True, scoring="loss",
                                           categorical_features=np.array(q["categories"]), **settings)
    weight = lambda part: part[2] * np.where(part[1] == 1, factor, 1)
    model.fit(fit[0], fit[1], sample_weight=weight(fit), X_val=stop[0], y_val=stop[1], sample_weight_val=weight(stop))
    best, kept = -1, None
    both = np.concatenate([stop[0], q["test"]])
    for margins in model.staged_decision_function(both):
        figure = average_precision(stop[1], margins.ravel()[: len(stop[1])], stop[2])
        if figure > best:
            best, kept = figure, margins.ravel()
    return lambda x: kept[: len(stop[1])] if x is stop[0] else kept[len(stop[1]):]


fits = {"XGBoost": fit_xgboost, "LightGBM": fit_lightgbm, "scikit-learn": fit_sklearn}


def read(q):
    rows = np.fromfile(f"{folder}/columns", dtype=np.float32).reshape(len(q["categories"]), q["rows"]).T
    y = np.fromfile(f"{folder}/labels", dtype=np.uint8).astype(np.float64)
    return np.ascontiguousarray(rows), y, np.fromfile(f"{folder}/weights", dtype=np.float64)


# The library's own settings first, then random ones; the best average precision of the validation period decides.
def compete(q):
    x, y, weight = read(q)
    part = lambda start, end: (x[start:end], y[start:end], weight[start:end])
    fit, stop = part(0, q["validationStart"]), part(q["validationStart"], q["testStart"])
    q["test"] = test = x[q["testStart"]:]
    random = np.random.default_rng(q["seed"])
    start, best = time.process_time(), -1
    for place in range(q["configurations"]):
        predict = fits[q["library"]](fit, stop, q, random if place else None)
        figure = average_precision(stop[1], predict(stop[0]), stop[2])
        if place == 0:
            default = predict(test)
        if figure > best:
            best, tuned = figure, predict(test)
    np.concatenate([default, tuned]).astype(np.float64).tofile(f"{folder}/scores")
    return dict(cpuS=time.process_time() - start)


def versions(q):
    return {"XGBoost": xgboost.__version__, "LightGBM": lightgbm.__version__, "scikit-learn": sklearn.__version__}


for line in sys.stdin:
    question = json.loads(line)
    print(json.dumps({"compete": compete, "versions": versions}[question["ask"]](question)), flush=True)
