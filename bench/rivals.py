"""Questions as JSON lines in, answers as JSON lines out: trains and times XGBoost, LightGBM and scikit-learn, and times ONNX Runtime, for rivals.ts; or one library's peak of memory."""
import json, os, sys, time

folder = sys.argv[1]
# With a second argument one library trains once and the peak of memory is told: then nothing else is loaded.
alone = json.loads(sys.argv[2]) if len(sys.argv) > 2 else None
import numpy as np
from threadpoolctl import threadpool_limits

wanted = [alone["library"]] if alone else ["xgboost", "lightgbm", "scikit-learn", "onnxruntime"]
if "xgboost" in wanted:
    import xgboost
if "lightgbm" in wanted:
    import lightgbm
if "scikit-learn" in wanted:
    import sklearn
    from sklearn.ensemble import HistGradientBoostingClassifier
if "onnxruntime" in wanted:
    import onnxruntime
    from onnxmltools import convert_xgboost
    from onnxmltools.convert.common.data_types import FloatTensorType

y = np.fromfile(f"{folder}/labels", dtype=np.uint8)
matrix = None
models = {}


def rows(q):
    global matrix
    if matrix is None:
        # Column by column: never two copies.
        matrix = np.empty((len(y), q["width"]), dtype=np.float32)
        for i in range(q["width"]):
            matrix[:, i] = np.fromfile(f"{folder}/columns", dtype=np.float32, count=len(y), offset=i * len(y) * 4)
    return matrix


def fit_xgboost(x, t, q):
    settings = dict(objective="binary:logistic", tree_method="hist", max_depth=q["depth"], max_leaves=q["leaves"],
                    eta=q["learningRate"], max_bin=q["bins"], nthread=q["threads"])
    return xgboost.train(settings, xgboost.QuantileDMatrix(x, t, max_bin=q["bins"], nthread=q["threads"]), q["trees"])


def fit_lightgbm(x, t, q):
    settings = dict(objective="binary", max_depth=q["depth"], num_leaves=q["leaves"], learning_rate=q["learningRate"],
                    max_bin=q["bins"], num_threads=q["threads"], verbose=-1, **q.get("extra", {}))
    return lightgbm.train(settings, lightgbm.Dataset(x, t), q["trees"])


def fit_sklearn(x, t, q):
    with threadpool_limits(q["threads"]):
        return HistGradientBoostingClassifier(max_iter=q["trees"], max_depth=q["depth"], max_leaf_nodes=q["leaves"],
                                              learning_rate=q["learningRate"], max_bins=q["bins"], early_stopping=False).fit(x, t)


# Doesn't train: XGBoost's model of the question before, as an ONNX TreeEnsemble on one thread.
def fit_onnx(x, t, q):
    model = convert_xgboost(models["xgboost"], initial_types=[("x", FloatTensorType([None, x.shape[1]]))])
    with open(f"{folder}/model.onnx", "wb") as file:
        file.write(model.SerializeToString())
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(model.SerializeToString(), options)


fits = {"xgboost": fit_xgboost, "onnxruntime": fit_onnx, "lightgbm": fit_lightgbm, "scikit-learn": fit_sklearn}
predicts = {
    "xgboost": lambda m, x: m.inplace_predict(x),
    "onnxruntime": lambda m, x: m.run(["probabilities"], {"x": x})[0][:, 1],
    "lightgbm": lambda m, x: m.predict(x, num_threads=1),
    "scikit-learn": lambda m, x: m.predict_proba(x)[:, 1],
}


def train(q):
    x, t = rows(q)[: q["trainEnd"]], y[: q["trainEnd"]]
    cpu, start = time.process_time(), time.perf_counter()
    model = fits[q["library"]](x, t, q)
    answer = dict(wallS=time.perf_counter() - start, cpuS=time.process_time() - cpu)
    models[q["library"]] = model
    predicts[q["library"]](model, rows(q)[q["testStart"]:]).astype(np.float64).tofile(f"{folder}/scores")
    return answer


def predict(q):
    model, ask, x = models[q["library"]], predicts[q["library"]], rows(q)[q["testStart"]:]
    if q["library"] == "xgboost":
        model.set_param({"nthread": 1})
    with threadpool_limits(1):
        start = time.perf_counter()
        ask(model, x)
        batch = (time.perf_counter() - start) / len(x)
        start = time.perf_counter()
        for i in range(200):
            ask(model, x[i : i + 1])
        return dict(batchUs=batch * 1e6, singleUs=(time.perf_counter() - start) / 200 * 1e6)


def trees(q):
    with open(f"{folder}/xgboost.json", "wb") as file:
        file.write(models["xgboost"].save_raw("json"))
    return {}


def versions(q):
    return {"onnxruntime": onnxruntime.__version__, "xgboost": xgboost.__version__, "lightgbm": lightgbm.__version__, "scikit-learn": sklearn.__version__}


if alone:
    x, t = rows(alone)[: alone["trainEnd"]], y[: alone["trainEnd"]]
    fits[alone["library"]](x, t, alone)
    # Of this program alone: what getrusage says begins with the peak of the process that started it.
    with open("/proc/self/status") as status:
        print(json.dumps({"peakBytes": next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmHWM"))}))
    sys.exit()

for line in sys.stdin:
    question = json.loads(line)
    print(json.dumps({"train": train, "predict": predict, "trees": trees, "versions": versions}[question["ask"]](question)), flush=True)
