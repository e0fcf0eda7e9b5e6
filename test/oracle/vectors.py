# Rows for the oracles: values on and one ulp beside every threshold, missing and odd ones; and how a fixture is written.
import base64, gzip, json, pathlib
import numpy as np

HERE = pathlib.Path(__file__).parent / "models"


def history(seed, rows=600, width=6, categories=0, missing=0.1):
    """Fraud-shaped data: a few strong columns, noise, NaN; the first `categories` columns hold whole numbers 0..11."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(rows, width)).astype(np.float32)
    x[:, -1] = np.round(np.exp(x[:, -1] * 1.5 + 3), 2)
    x[:, :categories] = rng.integers(0, 12, size=(rows, categories))
    signal = x[:, width // 2] + 0.02 * x[:, -1] - x[:, 1] * (1 if categories < 2 else 0.2)
    y = (signal + rng.normal(size=rows) > 1.5).astype(np.float32)
    x[rng.random(x.shape) < missing] = np.nan
    return x, y


def adversarial(seed, x, thresholds, dtype, rows=160, categories=0):
    """Rows whose cells are, a third each: from the data, on a threshold of the column, one ulp beside it; some odd."""
    rng = np.random.default_rng(seed)
    out = x[rng.integers(0, len(x), size=rows)].astype(dtype)
    for column in range(categories, x.shape[1]):
        at = np.array(sorted(thresholds.get(column, [0.0])), dtype=dtype)
        picked = at[rng.integers(0, len(at), size=rows)]
        toward = np.where(rng.random(rows) < 0.5, -np.inf, np.inf).astype(dtype)
        kind = rng.integers(0, 3, size=rows)
        out[:, column] = np.where(kind == 1, picked, np.where(kind == 2, np.nextafter(picked, toward), out[:, column]))
    odd = np.array([np.nan, 0.0, -0.0, 1e-36, -1e-36, 1.0000000180025095e-35, -1.0000000180025095e-35, 1e30, -1e30])
    where = rng.random(out.shape) < 0.08
    out[where] = odd[rng.integers(0, len(odd), size=where.sum())].astype(dtype)
    for column in range(categories):
        odd_categories = np.array([np.nan, 12, 40, 3.7, 2e7, 33, 0.5])
        where = rng.random(rows) < 0.3
        out[where, column] = odd_categories[rng.integers(0, len(odd_categories), size=where.sum())].astype(dtype)
    return out


def write(name, library, model, rows, margins, scores, contributions=None):
    text = lambda a: base64.b64encode(np.ascontiguousarray(a, dtype="<f8").tobytes()).decode()
    margins = np.asarray(margins, dtype=np.float64).reshape(len(rows), -1)
    fixture = {
        "library": library,
        "columns": rows.shape[1],
        "groups": margins.shape[1],
        "model": base64.b64encode(gzip.compress(model, mtime=0)).decode(),
        "rows": base64.b64encode(gzip.compress(np.ascontiguousarray(rows, dtype="<f8").tobytes(), mtime=0)).decode(),
        "margins": text(margins),
        "scores": text(np.asarray(scores, dtype=np.float64)),
    }
    if contributions is not None:
        fixture["contributions"] = text(contributions)
    path = HERE / f"{name}.json"
    path.write_text(json.dumps(fixture, indent=2) + "\n")
    assert path.stat().st_size < 100_000, (name, path.stat().st_size)
    print(f"{name:36s} {path.stat().st_size:7d} B")
