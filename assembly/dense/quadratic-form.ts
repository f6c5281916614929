/**
 * q_i := d_i H d_iᵀ for every row d_i of D, summed in f64: the error of a layer from its Hessian.
 *
 *   d        m × n, f32, row-major, leading dimension ldd ≥ n
 *   h        n × n, f64, row-major, leading dimension ldh ≥ n, symmetric
 *   q        m, f64, overwritten
 *   scratch  32·n bytes, 16-byte aligned
 *
 * Pointers of f64 are 8-byte aligned, d 4-byte; operands overlap nowhere. NaN and Inf in d or h reach q, but for
 * rows k of h where d_ik is 0 in 4 rows that are handled together: those are not read.
 * Work 2mn² flops, less where D has columns of zeros.
 */
import { madd } from "../simd";

export function f64_quadratic_forms(
  m: u32, n: u32, d: usize, ldd: u32, h: usize, ldh: u32, q: usize, scratch: usize,
): void {
  assert(ldd >= n && ldh >= n);
  assert((d & 3) == 0 && ((h | q) & 7) == 0 && (scratch & 15) == 0);
  const step = (<usize>n) << 3;
  for (let i: u32 = 0; i < m; i += 4) {
    const rows = min<u32>(4, m - i);
    for (let r: u32 = 0; r < 4; r++) {
      const from = d + ((<usize>(i + r) * ldd) << 2), to = scratch + <usize>r * step;
      if (r >= rows) memory.fill(to, 0, step);
      else for (let j: usize = 0; j < n; j++) store<f64>(to + (j << 3), load<f32>(from + (j << 2)));
    }
    let q0: f64 = 0, q1: f64 = 0, q2: f64 = 0, q3: f64 = 0;
    for (let k: u32 = 0; k < n; k++) {
      const at = scratch + ((<usize>k) << 3);
      const d0 = load<f64>(at), d1 = load<f64>(at + step), d2 = load<f64>(at + step * 2), d3 = load<f64>(at + step * 3);
      if (d0 == 0 && d1 == 0 && d2 == 0 && d3 == 0) continue;
      let s0 = f64x2.splat(0), s1 = s0, s2 = s0, s3 = s0;
      const row = h + ((<usize>k * ldh) << 3);
      const pairs = (<usize>(n & ~1)) << 3;
      for (let j: usize = 0; j < pairs; j += 16) {
        const hv = v128.load(row + j), v = scratch + j;
        s0 = madd<f64>(s0, hv, v128.load(v));
        s1 = madd<f64>(s1, hv, v128.load(v + step));
        s2 = madd<f64>(s2, hv, v128.load(v + step * 2));
        s3 = madd<f64>(s3, hv, v128.load(v + step * 3));
      }
      let t0 = f64_hsum(s0), t1 = f64_hsum(s1), t2 = f64_hsum(s2), t3 = f64_hsum(s3);
      if (n & 1) {
        const hv = load<f64>(row + pairs), v = scratch + pairs;
        t0 += hv * load<f64>(v);
        t1 += hv * load<f64>(v + step);
        t2 += hv * load<f64>(v + step * 2);
        t3 += hv * load<f64>(v + step * 3);
      }
      q0 += d0 * t0;
      q1 += d1 * t1;
      q2 += d2 * t2;
      q3 += d3 * t3;
    }
    const to = q + ((<usize>i) << 3);
    store<f64>(to, q0);
    if (rows > 1) store<f64>(to, q1, 8);
    if (rows > 2) store<f64>(to, q2, 16);
    if (rows > 3) store<f64>(to, q3, 24);
  }
}

// @ts-ignore: decorator
@inline
function f64_hsum(v: v128): f64 {
  return f64x2.extract_lane(v, 0) + f64x2.extract_lane(v, 1);
}
