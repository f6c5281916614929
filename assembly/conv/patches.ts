/**
 * The patches that a convolution looks at, and the adjoint, f32 (images.ts):
 *
 *   y[(c, u, v), (p, oy, ox), s] := x[p, (oy·stride + u − padding, ox·stride + v − padding), c, s], 0 outside
 *
 *   x   images of height × width positions and `channels`
 *   y   panels of channels·kernel_height·kernel_width features: one panel for each of `count` places of the
 *       window from number `first` on. Places are counted through all images, row by row:
 *       (height + 2·padding − kernel_height) / stride + 1 rows of (width + 2·padding − kernel_width) / stride + 1
 *
 * Features run over channels, rows, columns of the window, as the weights outputs × channels × rows × columns of
 * other libraries do: a convolution is the product of those weights with y, and gives images of `outputs` channels.
 * Places can be taken some at a time, so that y stays in cache.
 *
 * Pointers 4-byte aligned, no overlap. NaN and infinities are copied. Traffic 8 bytes an element of y, 12 for the
 * adjoint.
 */
export function f32_patches(
  channels: u32, height: u32, width: u32, kernel_height: u32, kernel_width: u32, stride: u32, padding: u32,
  first: u32, count: u32, x: usize, y: usize,
): void {
  assert(((x | y) & 3) == 0);
  assert(stride > 0 && height + 2 * padding >= kernel_height && width + 2 * padding >= kernel_width);
  const columns = (width + 2 * padding - kernel_width) / stride + 1;
  const places = ((height + 2 * padding - kernel_height) / stride + 1) * columns;
  const window = kernel_height * kernel_width;
  for (let place = first; place < first + count; place++) {
    const image = x + ((<usize>(place / places) * height * width * channels) << 7);
    const top = (place % places) / columns * stride - padding;
    const left = (place % places) % columns * stride - padding;
    let to = y;
    for (let c: u32 = 0; c < channels; c++) {
      for (let row = top; row != top + kernel_height; row++) {
        let from = image + ((<usize>(row * width + left) * channels + c) << 7);
        for (let column = left; column != left + kernel_width; column++, to += 128) {
          // What is negative has wrapped around to above.
          if (row < height && column < width) copy_row(from, to);
          else memory.fill(to, 0, 128);
          from += (<usize>channels) << 7;
        }
      }
    }
    y += (<usize>(window * channels)) << 7;
  }
}

/**
 * dx := dx + the adjoint of f32_patches at dy: each element of dy goes back to where it was taken from, in the
 * order of places, then of the window.
 */
export function f32_patches_adjoint(
  channels: u32, height: u32, width: u32, kernel_height: u32, kernel_width: u32, stride: u32, padding: u32,
  first: u32, count: u32, dy: usize, dx: usize,
): void {
  assert(((dy | dx) & 3) == 0);
  assert(stride > 0 && height + 2 * padding >= kernel_height && width + 2 * padding >= kernel_width);
  const columns = (width + 2 * padding - kernel_width) / stride + 1;
  const places = ((height + 2 * padding - kernel_height) / stride + 1) * columns;
  const window = kernel_height * kernel_width;
  for (let place = first; place < first + count; place++) {
    const image = dx + ((<usize>(place / places) * height * width * channels) << 7);
    const top = (place % places) / columns * stride - padding;
    const left = (place % places) % columns * stride - padding;
    let from = dy;
    for (let c: u32 = 0; c < channels; c++) {
      for (let row = top; row != top + kernel_height; row++) {
        let to = image + ((<usize>(row * width + left) * channels + c) << 7);
        for (let column = left; column != left + kernel_width; column++, from += 128) {
          if (row < height && column < width) add_row(from, to);
          to += (<usize>channels) << 7;
        }
      }
    }
    dy += (<usize>(window * channels)) << 7;
  }
}

// @ts-ignore: decorator
@inline
function copy_row(from: usize, to: usize): void {
  v128.store(to, v128.load(from));
  v128.store(to, v128.load(from, 16), 16);
  v128.store(to, v128.load(from, 32), 32);
  v128.store(to, v128.load(from, 48), 48);
  v128.store(to, v128.load(from, 64), 64);
  v128.store(to, v128.load(from, 80), 80);
  v128.store(to, v128.load(from, 96), 96);
  v128.store(to, v128.load(from, 112), 112);
}

// @ts-ignore: decorator
@inline
function add_row(from: usize, to: usize): void {
  v128.store(to, f32x4.add(v128.load(to), v128.load(from)));
  v128.store(to, f32x4.add(v128.load(to, 16), v128.load(from, 16)), 16);
  v128.store(to, f32x4.add(v128.load(to, 32), v128.load(from, 32)), 32);
  v128.store(to, f32x4.add(v128.load(to, 48), v128.load(from, 48)), 48);
  v128.store(to, f32x4.add(v128.load(to, 64), v128.load(from, 64)), 64);
  v128.store(to, f32x4.add(v128.load(to, 80), v128.load(from, 80)), 80);
  v128.store(to, f32x4.add(v128.load(to, 96), v128.load(from, 96)), 96);
  v128.store(to, f32x4.add(v128.load(to, 112), v128.load(from, 112)), 112);
}
