"""Writes linear.json: a small matrix with holes and weights, and scikit-learn's coefficients for several penalties.

    python test/oracle/linear.py > test/oracle/linear.json

Needs numpy and scikit-learn. Rows are float32, as in training; numbers are standardised by weight over what is present,
missing ones become the mean and set an indicator, the category is one-hot.
"""

import json
import sys
import warnings

import numpy as np
import sklearn
from sklearn.linear_model import LogisticRegression

warnings.filterwarnings("ignore")
random = np.random.default_rng(7)
rows = 400
labels = (random.random(rows) < 0.15).astype(int)
weights = random.integers(1, 4, rows).astype(float)
numbers = random.normal(size=(rows, 4)) * [1, 30, 0.01, 1] + [0, 500, 0, -3]
numbers[:, 0] += labels
numbers[:, 1] -= 25 * labels
numbers = numbers.astype(np.float32)
numbers[random.random(rows) < 0.1, 2] = np.nan
category = random.integers(0, 3, rows)
category[(labels == 1) & (random.random(rows) < 0.5)] = 2

parts = []
for column in numbers.astype(np.float64).T:
    present = ~np.isnan(column)
    mean = np.average(column[present], weights=weights[present])
    scale = np.sqrt(np.average((column[present] - mean) ** 2, weights=weights[present]))
    parts.append(np.where(present, (column - mean) / scale, 0))
    if not present.all():
        parts.append((~present).astype(float))
parts += [(category == place).astype(float) for place in range(3)]
matrix = np.stack(parts, axis=1)

fits = []
for l1, l2, positive in [(0, 1, 1), (0, 0.01, 1), (5, 1, 1), (20, 0, 1), (3, 10, 4)]:
    model = LogisticRegression(
        solver="saga" if l1 else "lbfgs", C=1 / (l1 + l2), l1_ratio=l1 / (l1 + l2), tol=1e-12, max_iter=200_000
    )
    model.fit(matrix, labels, sample_weight=weights * np.where(labels == 1, positive, 1))
    fits.append({
        "l1": l1, "l2": l2, "positiveWeight": positive,
        "coefficients": model.coef_[0].tolist(), "margins": model.decision_function(matrix)[:40].tolist(),
    })

json.dump({
    "source": f"scikit-learn {sklearn.__version__} LogisticRegression",
    "numbers": [[None if np.isnan(x) else float(x) for x in column] for column in numbers.T],
    "category": category.tolist(), "labels": labels.tolist(), "weights": weights.tolist(), "fits": fits,
}, sys.stdout)
print()
