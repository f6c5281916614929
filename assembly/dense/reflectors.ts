/**
 * What the kernels on Householder reflectors share, f64, column-major: one reflector H = I − τ v vᵀ, and blocks of
 * them, H₁ H₂ … H_k = I − V T Vᵀ with T upper (Schreiber & Van Loan 1989), which work in tiles.
 *
 * The i-th v has zeros before place i and 1 there; what stands in those places of its column is the triangle of a
 * factorisation, and waits in the scratch space while the v stand in full. `step` is a leading dimension in bytes.
 */
import { madd } from "../simd";
import { pack_columns, pack_rows, tile_within } from "./strips";

/** Reflectors that are put into one block. */
export const PANEL: u32 = 32;
/** Rows between two visits of the products to memory: four columns of them fill 8 KB. */
const CHUNK: u32 = 256;

/** Parts of the scratch space: the tile's edge, T, the triangle that waits, a strip, the strips of V, VᵀC. */
const FACTOR_AT: usize = 128;
const TRIANGLE_AT: usize = FACTOR_AT + (<usize>PANEL * PANEL << 3);
const STRIP_AT: usize = TRIANGLE_AT + (<usize>PANEL * PANEL << 3);
const STRIPS_AT: usize = STRIP_AT + (<usize>CHUNK << 5);
const PRODUCT_AT: usize = STRIPS_AT + (<usize>PANEL * CHUNK << 3);
const ROW: usize = (<usize>PANEL) << 3;

/** xᵀy */
export function dot(n: u32, x: usize, y: usize): f64 {
  let s0 = f64x2.splat(0), s1 = s0, s2 = s0, s3 = s0;
  const end = x + ((<usize>(n & ~7)) << 3);
  while (x < end) {
    s0 = madd<f64>(s0, v128.load(x), v128.load(y));
    s1 = madd<f64>(s1, v128.load(x, 16), v128.load(y, 16));
    s2 = madd<f64>(s2, v128.load(x, 32), v128.load(y, 32));
    s3 = madd<f64>(s3, v128.load(x, 48), v128.load(y, 48));
    x += 64;
    y += 64;
  }
  s0 = f64x2.add(f64x2.add(s0, s1), f64x2.add(s2, s3));
  let sum = f64x2.extract_lane(s0, 0) + f64x2.extract_lane(s0, 1);
  for (let i = n & ~7; i < n; i++) {
    sum += load<f64>(x) * load<f64>(y);
    x += 8;
    y += 8;
  }
  return sum;
}

/** y += factor · x */
function add_multiple(n: u32, factor: f64, x: usize, y: usize): void {
  const factors = f64x2.splat(factor);
  const end = x + ((<usize>(n & ~3)) << 3);
  while (x < end) {
    v128.store(y, madd<f64>(v128.load(y), factors, v128.load(x)));
    v128.store(y, madd<f64>(v128.load(y, 16), factors, v128.load(x, 16)), 16);
    x += 32;
    y += 32;
  }
  for (let i = n & ~3; i < n; i++) {
    store<f64>(y, load<f64>(y) + factor * load<f64>(x));
    x += 8;
    y += 8;
  }
}

/** Makes of x, n ≥ 1, β = ∓‖x‖ and the places of v after the 1, so that H x = β e₁; returns τ, 0 if x is β e₁. */
export function make_reflector(n: u32, x: usize): f64 {
  const tail = dot(n - 1, x + 8, x + 8);
  if (tail == 0) return 0;
  const alpha = load<f64>(x);
  const norm = sqrt<f64>(alpha * alpha + tail);
  const beta = alpha > 0 ? -norm : norm;
  const scale = 1 / (alpha - beta);
  for (let i: u32 = 1; i < n; i++) {
    const at = x + ((<usize>i) << 3);
    store<f64>(at, load<f64>(at) * scale);
  }
  store<f64>(x, beta);
  return (beta - alpha) / beta;
}

/** c := H c, n ≥ 1 */
export function reflect(n: u32, v: usize, tau: f64, c: usize): void {
  if (tau == 0) return;
  const share = tau * (load<f64>(c) + dot(n - 1, v + 8, c + 8));
  store<f64>(c, load<f64>(c) - share);
  add_multiple(n - 1, -share, v + 8, c + 8);
}

/**
 * C := H₁ … H_k C, or H_k … H₁ C when `transposed`; C is m × n, k ≤ min(m, PANEL).
 *
 *   v    m × k, the reflectors in their columns; comes back as it was
 *   tau  k
 */
export function reflect_block(
  m: u32, n: u32, k: u32, v: usize, v_step: usize, tau: usize, c: usize, c_step: usize,
  transposed: bool, scratch: usize,
): void {
  const triangle = scratch + TRIANGLE_AT;
  for (let j: u32 = 0; j < k; j++) {
    const column = v + <usize>j * v_step;
    memory.copy(triangle + <usize>j * ROW, column, (<usize>(j + 1)) << 3);
    memory.fill(column, 0, (<usize>j) << 3);
    store<f64>(column + ((<usize>j) << 3), 1);
  }
  block_factor(m, k, v, v_step, tau, scratch + FACTOR_AT);
  memory.fill(scratch + PRODUCT_AT, 0, <usize>n * ROW);
  subtract_products(m, n, k, v, v_step, c, c_step, scratch);
  for (let j: u32 = 0; j < n; j++) {
    multiply_factor(k, scratch + FACTOR_AT, transposed, scratch + PRODUCT_AT + <usize>j * ROW);
  }
  subtract_multiples(m, n, k, v, v_step, c, c_step, scratch);
  for (let j: u32 = 0; j < k; j++) {
    memory.copy(v + <usize>j * v_step, triangle + <usize>j * ROW, (<usize>(j + 1)) << 3);
  }
}

/** T, row-major with PANEL columns; what stands below its diagonal means nothing. */
function block_factor(m: u32, k: u32, v: usize, v_step: usize, tau: usize, t: usize): void {
  for (let j: u32 = 0; j < k; j++) {
    const to = t + ((<usize>j) << 3), from = (<usize>j) << 3;
    const scale = load<f64>(tau + from), own = v + <usize>j * v_step + from;
    for (let i: u32 = 0; i < j; i++) {
      store<f64>(to + <usize>i * ROW, dot(m - j, v + <usize>i * v_step + from, own));
    }
    for (let i: u32 = 0; i < j; i++) {
      let sum: f64 = 0;
      for (let l = i; l < j; l++) {
        sum += load<f64>(t + <usize>i * ROW + ((<usize>l) << 3)) * load<f64>(to + <usize>l * ROW);
      }
      store<f64>(to + <usize>i * ROW, -scale * sum);
    }
    store<f64>(to + <usize>j * ROW, scale);
  }
}

/** Row j of the product −= (column j of C)ᵀ V: it becomes −(VᵀC)ᵀ. */
function subtract_products(
  m: u32, n: u32, k: u32, v: usize, v_step: usize, c: usize, c_step: usize, scratch: usize,
): void {
  const strip = scratch + STRIP_AT, strips = scratch + STRIPS_AT;
  for (let r: u32 = 0; r < m; r += CHUNK) {
    const terms = min<u32>(CHUNK, m - r), at = (<usize>r) << 3, bytes = (<usize>terms) << 5;
    for (let l: u32 = 0; l < k; l += 4) {
      pack_rows<f64>(min<u32>(4, k - l), terms, v + <usize>l * v_step + at, v_step, strips + <usize>(l >> 2) * bytes);
    }
    for (let j: u32 = 0; j < n; j += 4) {
      pack_rows<f64>(min<u32>(4, n - j), terms, c + <usize>j * c_step + at, c_step, strip);
      const row = scratch + PRODUCT_AT + <usize>j * ROW;
      for (let l: u32 = 0; l < k; l += 4) {
        const right = strips + <usize>(l >> 2) * bytes;
        tile_within<f64>(n - j, k - l, row + ((<usize>l) << 3), ROW, strip, right, right + bytes, scratch);
      }
    }
  }
}

/** w := −T w, or −Tᵀ w, k elements. */
function multiply_factor(k: u32, t: usize, transposed: bool, w: usize): void {
  for (let step: u32 = 0; step < k; step++) {
    // In the order in which what is overwritten is no longer needed.
    const l = transposed ? k - 1 - step : step;
    const first: u32 = transposed ? 0 : l, end: u32 = transposed ? l + 1 : k;
    let sum: f64 = 0;
    for (let i = first; i < end; i++) {
      const row = transposed ? i : l, column = transposed ? l : i;
      sum += load<f64>(t + <usize>row * ROW + ((<usize>column) << 3)) * load<f64>(w + ((<usize>i) << 3));
    }
    store<f64>(w + ((<usize>l) << 3), -sum);
  }
}

/** C −= V times the transposed product. */
function subtract_multiples(
  m: u32, n: u32, k: u32, v: usize, v_step: usize, c: usize, c_step: usize, scratch: usize,
): void {
  const strip = scratch + STRIP_AT, strips = scratch + STRIPS_AT, bytes = (<usize>k) << 5;
  for (let r: u32 = 0; r < m; r += CHUNK) {
    const rows = min<u32>(CHUNK, m - r);
    for (let i: u32 = 0; i < rows; i += 4) {
      pack_columns<f64>(m - r - i, k, v + ((<usize>(r + i)) << 3), v_step, strips + <usize>(i >> 2) * bytes);
    }
    for (let j: u32 = 0; j < n; j += 4) {
      pack_rows<f64>(min<u32>(4, n - j), k, scratch + PRODUCT_AT + <usize>j * ROW, ROW, strip);
      const columns = c + <usize>j * c_step + ((<usize>r) << 3);
      for (let i: u32 = 0; i < rows; i += 4) {
        const right = strips + <usize>(i >> 2) * bytes;
        tile_within<f64>(n - j, rows - i, columns + ((<usize>i) << 3), c_step, strip, right, right + bytes, scratch);
      }
    }
  }
}
