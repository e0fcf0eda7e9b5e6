// A number in, the float32 next to it out: what turns `x < t` into `x ≤ t'` and back, for float32 x, without loss.

/** Largest float32 below `value`; undefined below -Infinity. */
export function below32(value: number): number | undefined {
  const near = Math.fround(value)
  if (near < value) return near
  return near === -Infinity ? undefined : step(near, -1)
}

/** Smallest float32 above `value`; undefined above Infinity. */
export function above32(value: number): number | undefined {
  const next = below32(-value)
  return next === undefined ? undefined : -next
}

const float = new Float32Array(1)
const bits = new Int32Array(float.buffer)

// Neighbours among floats of one sign are neighbours as integers.
function step(value: number, direction: 1 | -1): number {
  if (value === 0) return direction * 2 ** -149
  float[0] = value
  bits[0]! += value > 0 === direction > 0 ? 1 : -1
  return float[0]!
}
