# ONNX Runtime's answers about a model that was exported here. Needs numpy and onnxruntime:
#   node exportedOnnx.ts | python ask_onnx.py                        prints {"library", "margins", "scores"} as JSON
#   node exportedOnnx.ts | python ask_onnx.py > exported-onnx.json   records them for the oracle test
# Rows are asked one by one: ONNX Runtime sums the trees of a single row in their order.
import base64, json, sys
import numpy as np
import onnxruntime as ort

given = json.load(sys.stdin)
rows = np.array(given["rows"], dtype=np.float32)
options = ort.SessionOptions()
options.intra_op_num_threads = 1
session = ort.InferenceSession(base64.b64decode(given["model"]), options, providers=["CPUExecutionProvider"])
answers = [session.run(["margin", "score"], {"x": row[None]}) for row in rows]
print(json.dumps({
    "library": f"onnxruntime {ort.__version__}",
    "margins": [float(margin[0, 0]) for margin, _ in answers],
    "scores": [float(score[0, 0]) for _, score in answers],
    "inputs": [[i.name, i.type, i.shape] for i in session.get_inputs()],
}))
