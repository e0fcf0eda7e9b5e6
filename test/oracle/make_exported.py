# XGBoost's own margins of a model that was exported here, for the oracle test. Needs numpy and xgboost, and node on the path:
#   python make_exported.py       writes models/exported-<version>.json
import json, pathlib, subprocess
import numpy as np
import xgboost as xgb
from vectors import write

program = pathlib.Path(__file__).parent / "exported.ts"
example = json.loads(subprocess.check_output(["node", str(program)]))
model = example["model"].encode()
rows = np.array(example["rows"], dtype=np.float32)
booster = xgb.Booster()
booster.load_model(bytearray(model))
matrix = xgb.DMatrix(rows, feature_names=booster.feature_names, feature_types=booster.feature_types, enable_categorical=True)
write(f"exported-{xgb.__version__}", f"xgboost {xgb.__version__}", model, rows,
      booster.predict(matrix, output_margin=True), booster.predict(matrix), booster.predict(matrix, pred_contribs=True))
