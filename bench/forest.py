"""Questions as JSON lines in, answers as JSON lines out: scikit-learn's IsolationForest over the folder's rows, for forest.ts."""
import json, sys, time

import numpy as np
import sklearn
from sklearn.ensemble import IsolationForest

folder = sys.argv[1]

for line in sys.stdin:
    q = json.loads(line)
    if q["ask"] == "versions":
        print(json.dumps({"scikit-learn": sklearn.__version__}), flush=True)
        continue
    rows, width, start = q["rows"], q["width"], q["start"]
    x = np.fromfile(f"{folder}/columns", dtype=np.float32).reshape(width, rows).T
    drawn = np.arange(start)
    if q["weighted"]:
        # What the whole file would have held: as many rows as all of them stand for, drawn by weight.
        weights = np.fromfile(f"{folder}/weights", dtype=np.float64)[:start]
        drawn = np.random.default_rng(q["seed"]).choice(start, size=int(weights.sum()), p=weights / weights.sum())
    began = time.perf_counter()
    forest = IsolationForest(n_estimators=q["trees"], max_samples=q["sampleSize"], random_state=q["seed"], n_jobs=1).fit(x[drawn])
    wall = time.perf_counter() - began
    (-forest.score_samples(x[start:])).astype("<f8").tofile(f"{folder}/scores")
    print(json.dumps({"wallS": wall}), flush=True)
