# ONNX Runtime's own scores for the oracle test. Needs numpy, xgboost, scikit-learn, onnxmltools, skl2onnx, onnxruntime:
#   python make_onnx.py       writes models/onnx-*.json
# Margins are the scores of the same graph with its post_transform taken off.
import numpy as np
import onnx
import onnxruntime as ort
import xgboost as xgb
from onnxmltools import convert_xgboost
from onnxmltools.convert.common.data_types import FloatTensorType
from sklearn.ensemble import GradientBoostingClassifier, GradientBoostingRegressor, RandomForestClassifier
from skl2onnx import to_onnx
from vectors import adversarial, history, write


def ensemble(model):
    return next(node for node in model.graph.node if node.op_type.startswith("TreeEnsemble"))


def run(model, rows):
    node = ensemble(model)
    output = node.output[-1]
    kept = onnx.helper.make_graph([node], "g", [model.graph.input[0]],
                                  [onnx.helper.make_tensor_value_info(output, onnx.TensorProto.FLOAT, None)])
    kept.node[0].input[0] = model.graph.input[0].name
    alone = onnx.helper.make_model(kept, opset_imports=list(model.opset_import), ir_version=model.ir_version)
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    session = ort.InferenceSession(alone.SerializeToString(), options, providers=["CPUExecutionProvider"])
    return np.array([session.run([output], {session.get_inputs()[0].name: row[None]})[0][0] for row in rows])


def thresholds(node):
    of = {a.name: a for a in node.attribute}
    found = {}
    for feature, mode, value in zip(of["nodes_featureids"].ints, of["nodes_modes"].strings, of["nodes_values"].floats):
        if mode != b"LEAF":
            found.setdefault(feature, set()).add(np.float32(value))
    return found


def case(name, model, x, binary):
    record(name, model, lambda found: np.clip(adversarial(len(name), x, found, np.float32), -1e30, 1e30), binary)


def record(name, model, rows_for, binary):
    rows = rows_for(thresholds(ensemble(model)))
    scores = run(model, rows)
    raw = onnx.ModelProto()
    raw.CopyFrom(model)
    for attribute in ensemble(raw).attribute:
        if attribute.name == "post_transform":
            attribute.s = b"NONE"
    margins = run(raw, rows)
    if binary:
        scores, margins = scores[:, 1], margins[:, 1]
    write(f"onnx-{name}", f"onnxruntime {ort.__version__}", model.SerializeToString(), rows, margins, scores)


if __name__ == "__main__":
    x, y = history(3, missing=0.0)
    three = np.clip(np.floor(x[:, 2] + 1), 0, 2)
    case("forest", to_onnx(RandomForestClassifier(8, max_depth=4, random_state=1).fit(x, y), x[:1]), x, True)
    case("boosted", to_onnx(GradientBoostingClassifier(n_estimators=12, max_depth=3, random_state=1).fit(x, y), x[:1]), x, True)
    case("classes", to_onnx(RandomForestClassifier(6, max_depth=4, random_state=1).fit(x, three), x[:1]), x, False)
    case("regressor", to_onnx(GradientBoostingRegressor(n_estimators=12, random_state=1).fit(x, x[:, 3]), x[:1]), x, False)
    x, y = history(4)
    model = xgb.XGBClassifier(n_estimators=12, max_depth=4, base_score=0.5).fit(x, y)
    case("xgboost", convert_xgboost(model, initial_types=[("x", FloatTensorType([None, x.shape[1]]))]), x, True)
