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


# Each fits with early stopping and answers the margins of the rows that stopped it, and a function that fits as many trees again
# with those rows and answers the margins of the test rows.
def fit_xgboost(fit, stop, q, random):
    settings = dict(objective="binary:logistic", eval_metric="aucpr", tree_method="hist", nthread=1, seed=1)
    if random:
        settings |= dict(eta=log(random, 0.02, 0.3), max_depth=whole(random, 3, 10), min_child_weight=log(random, 0.1, 30),
                         subsample=random.uniform(0.5, 1), colsample_bytree=random.uniform(0.5, 1),
                         reg_lambda=log(random, 0.1, 100), scale_pos_weight=log(random, 0.5, 10))
    kinds = ["c" if c else "q" for c in q["categories"]]
    matrix = lambda x, y=None, w=None: xgboost.DMatrix(x, y, weight=w, feature_types=kinds, enable_categorical=True)
    model = xgboost.train(settings, matrix(*fit), q["trees"], evals=[(matrix(*stop), "stop")], early_stopping_rounds=patience, verbose_eval=False)
    trees = model.best_iteration + 1
    again = lambda: xgboost.train(settings, matrix(*joined(fit, stop)), trees).predict(matrix(q["test"]), output_margin=True)
    return model.predict(matrix(stop[0]), iteration_range=(0, trees), output_margin=True), again


def fit_lightgbm(fit, stop, q, random):
    settings = dict(objective="binary", metric="average_precision", num_threads=1, verbose=-1, seed=1)
    if random:
        settings |= dict(learning_rate=log(random, 0.02, 0.2), num_leaves=whole(random, 6, 96), min_data_in_leaf=whole(random, 5, 100),
                         feature_fraction=random.uniform(0.5, 1), bagging_fraction=random.uniform(0.5, 1), bagging_freq=1,
                         lambda_l2=log(random, 0.1, 100), scale_pos_weight=log(random, 0.5, 10))
    places = [i for i, c in enumerate(q["categories"]) if c]
    data = lambda part, **others: lightgbm.Dataset(part[0], part[1], weight=part[2], categorical_feature=places, **others)
    first = data(fit)
    model = lightgbm.train(settings, first, q["trees"], valid_sets=[data(stop, reference=first)],
                           callbacks=[lightgbm.early_stopping(patience, verbose=False)])
    margins = lambda model, x, trees: model.predict(x, num_iteration=trees, raw_score=True, num_threads=1)
    again = lambda: margins(lightgbm.train(settings, data(joined(fit, stop)), model.best_iteration), q["test"], None)
    return margins(model, stop[0], model.best_iteration), again


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
    make = lambda trees, **others: HistGradientBoostingClassifier(max_iter=trees, random_state=1, categorical_features=np.array(q["categories"]),
                                                                  **settings, **others)
    weight = lambda part: part[2] * np.where(part[1] == 1, factor, 1)
    model = make(q["trees"], early_stopping=True, scoring="loss")
    model.fit(fit[0], fit[1], sample_weight=weight(fit), X_val=stop[0], y_val=stop[1], sample_weight_val=weight(stop))
    best, kept, trees = -1, None, 0
    for i, margins in enumerate(model.staged_decision_function(stop[0])):
        figure = average_precision(stop[1], margins.ravel(), stop[2])
        if figure > best:
            best, kept, trees = figure, margins.ravel(), i + 1
    both = joined(fit, stop)
    again = lambda: make(trees, early_stopping=False).fit(both[0], both[1], sample_weight=weight(both)).decision_function(q["test"])
    return kept, again


def joined(one, other):
    return tuple(np.concatenate(pair) for pair in zip(one, other))


fits = {"XGBoost": fit_xgboost, "LightGBM": fit_lightgbm, "scikit-learn": fit_sklearn}


def read(q):
    rows = np.fromfile(f"{folder}/columns", dtype=np.float32).reshape(len(q["categories"]), q["rows"]).T
    y = np.fromfile(f"{folder}/labels", dtype=np.uint8).astype(np.float64)
    return np.ascontiguousarray(rows), y, np.fromfile(f"{folder}/weights", dtype=np.float64)


# The library's own settings first, then random ones; the best average precision of the validation period decides: of so many
# configurations, and of as many as fit into the processor seconds that ours took.
def compete(q):
    x, y, weight = read(q)
    part = lambda start, end: (x[start:end], y[start:end], weight[start:end])
    fit, stop = part(0, q["validationStart"]), part(q["validationStart"], q["testStart"])
    q["test"] = x[q["testStart"]:]
    random = np.random.default_rng(q["seed"])
    start, best, scores = time.process_time(), -1, []
    spent = lambda: time.process_time() - start
    place = 0
    while place < q["configurations"] or spent() * (1 + 1 / place) < q["seconds"]:
        margins, again = fits[q["library"]](fit, stop, q, random if place else None)
        if place == 0:
            scores.append(again())
        figure = average_precision(stop[1], margins, stop[2])
        if figure > best:
            best, winner = figure, again
        place += 1
        if place == q["configurations"]:
            scores.append(winner())
            cpu, known = spent(), winner
    scores.append(scores[-1] if winner is known else winner())
    np.concatenate(scores).astype(np.float64).tofile(f"{folder}/scores")
    return dict(cpuS=cpu, allS=spent(), tried=place)


def versions(q):
    return {"XGBoost": xgboost.__version__, "LightGBM": lightgbm.__version__, "scikit-learn": sklearn.__version__}


for line in sys.stdin:
    question = json.loads(line)
    print(json.dumps({"compete": compete, "versions": versions}[question["ask"]](question)), flush=True)
