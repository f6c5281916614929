/**
 * Blocks of patches: what a convolution over bordered planes (border.ts) multiplies by.
 *
 *   offsets   u32 of each output position: bytes from the start of a bordered plane to what its window sees first
 *   taps      u32 of each row of the patch matrix: bytes from x to the place that its channel and window element start
 */

/**
 * `rows` rows of the patch matrix at n ≤ 32 positions, to y: row r at y + r·row_bytes + 32·strip bytes … in strips of
 * 8 positions that stand strip_bytes apart; positions beyond n are +0. Packed for the tile of gemm, row_bytes is
 * 32 and strip_bytes 32·rows.
 */
export function gather_patches(
  rows: u32, n: u32, x: usize, taps: usize, offsets: usize, y: usize, row_bytes: usize, strip_bytes: usize,
): void {
  for (let j: u32 = 0; j < n; j += 4) {
    const count = min<u32>(4, n - j);
    const o = offsets + ((<usize>j) << 2);
    let to = y + <usize>(j >> 3) * strip_bytes + ((<usize>(j & 4)) << 2);
    const o0 = load<u32>(o);
    if (count < 4) {
      for (let r: u32 = 0; r < rows; r++) {
        const from = x + load<u32>(taps + ((<usize>r) << 2));
        v128.store(to, f32x4.splat(0));
        for (let i: u32 = 0; i < count; i++) {
          store<f32>(to + ((<usize>i) << 2), load<f32>(from + load<u32>(o + ((<usize>i) << 2))));
        }
        to += row_bytes;
      }
      continue;
    }
    const o1 = load<u32>(o, 4), o2 = load<u32>(o, 8), o3 = load<u32>(o, 12);
    if (o3 - o0 == 12 && o1 - o0 == 4) {
      for (let r: u32 = 0; r < rows; r++) {
        v128.store(to, v128.load(x + load<u32>(taps + ((<usize>r) << 2)) + o0));
        to += row_bytes;
      }
    } else {
      for (let r: u32 = 0; r < rows; r++) {
        const from = x + load<u32>(taps + ((<usize>r) << 2));
        let v = v128.load32_zero(from + o0);
        v = v128.load_lane<f32>(from + o1, v, 1);
        v = v128.load_lane<f32>(from + o2, v, 2);
        v128.store(to, v128.load_lane<f32>(from + o3, v, 3));
        to += row_bytes;
      }
    }
  }
  if (((n - 1) & 4) == 0) {
    let to = y + <usize>((n - 1) >> 3) * strip_bytes + 16;
    for (let r: u32 = 0; r < rows; r++) {
      v128.store(to, f32x4.splat(0));
      to += row_bytes;
    }
  }
}
