/** What is done to a sum before it is stored: a residual is added, then the range is clamped. NaN stays NaN. */

// @ts-ignore: decorator
@inline
export function finish(sum: v128, residual: usize, low: v128, high: v128): v128 {
  if (residual) sum = f32x4.add(sum, v128.load(residual));
  return clamp(sum, low, high);
}

/** x below low is low, x above high is high; NaN fails both comparisons and stays. */
// @ts-ignore: decorator
@inline
export function clamp(x: v128, low: v128, high: v128): v128 {
  return f32x4.pmin(f32x4.pmax(x, low), high);
}
