/** Loads and stores of four values at once, or of one alone: tails then run through the same arithmetic. */

/** `lanes` (4 or 1) values; a single one stands in lane 0, with 0 in the others. */
// @ts-ignore: decorator
@inline
export function load_lanes(at: usize, lanes: u32): v128 {
  return lanes == 1 ? v128.load_zero<f32>(at) : v128.load(at);
}

// @ts-ignore: decorator
@inline
export function store_lanes(at: usize, lanes: u32, v: v128): void {
  if (lanes == 1) v128.store_lane<f32>(at, v, 0);
  else v128.store(at, v);
}
