/**
 * Pooling over size × size windows, `stride` apart, without padding, and its gradients, f32 (images.ts).
 *
 *   x, dx     images of height × width positions and `channels`
 *   y, dy     images of ((height − size) / stride + 1) × ((width − size) / stride + 1) positions
 *   winners   like y, but u32: the number of the largest element in its window, rows first
 *   images    their number
 *
 * dx is added to: it starts at 0. What no window reaches stays as it is. Pointers 4-byte aligned, no overlap.
 */

/** y := the largest of each window; the first of equals; NaN where there is one. winners may be 0: not wanted. */
export function f32_max_pool(
  channels: u32, height: u32, width: u32, size: u32, stride: u32, images: u32,
  x: usize, y: usize, winners: usize,
): void {
  assert(((x | y | winners) & 3) == 0);
  assert(size > 0 && stride > 0 && height >= size && width >= size);
  const rows = (height - size) / stride + 1, columns = (width - size) / stride + 1;
  const step = (<usize>channels) << 7, skip = step * (width - size);
  for (let place: u32 = 0; place < images * rows * columns; place++) {
    const corner = corner_of(place, rows, columns, height, width, stride);
    for (let at: usize = 0; at < (<usize>channels) << 7; at += 16) {
      let from = x + ((corner * channels) << 7) + at;
      let largest = v128.load(from);
      let winner = i32x4.splat(0);
      for (let i: u32 = 0, end = size; end <= size * size; end += size, from += skip) {
        for (; i < end; i++, from += step) {
          const value = v128.load(from);
          // Nothing beats NaN, and NaN beats all the rest.
          const wins = v128.andnot(f32x4.eq(largest, largest), f32x4.le(value, largest));
          largest = v128.bitselect(value, largest, wins);
          winner = v128.bitselect(i32x4.splat(i), winner, wins);
        }
      }
      v128.store(y, largest);
      y += 16;
      if (winners) {
        v128.store(winners, winner);
        winners += 16;
      }
    }
  }
}

/** dx := dx + dy at the winners. */
export function f32_max_pool_gradient(
  channels: u32, height: u32, width: u32, size: u32, stride: u32, images: u32,
  winners: usize, dy: usize, dx: usize,
): void {
  assert(((winners | dy | dx) & 3) == 0);
  assert(size > 0 && stride > 0 && height >= size && width >= size);
  const rows = (height - size) / stride + 1, columns = (width - size) / stride + 1;
  const step = (<usize>channels) << 7, skip = step * (width - size);
  for (let place: u32 = 0; place < images * rows * columns; place++) {
    const corner = corner_of(place, rows, columns, height, width, stride);
    for (let at: usize = 0; at < (<usize>channels) << 7; at += 16) {
      const winner = v128.load(winners), gradient = v128.load(dy);
      let to = dx + ((corner * channels) << 7) + at;
      for (let i: u32 = 0, end = size; end <= size * size; end += size, to += skip) {
        for (; i < end; i++, to += step) {
          const own = v128.and(gradient, i32x4.eq(winner, i32x4.splat(i)));
          v128.store(to, f32x4.add(v128.load(to), own));
        }
      }
      winners += 16;
      dy += 16;
    }
  }
}

/** y := the mean of each window: its sum, rows first, times 1 / size². */
export function f32_average_pool(
  channels: u32, height: u32, width: u32, size: u32, stride: u32, images: u32, x: usize, y: usize,
): void {
  assert(((x | y) & 3) == 0);
  assert(size > 0 && stride > 0 && height >= size && width >= size);
  const rows = (height - size) / stride + 1, columns = (width - size) / stride + 1;
  const share = f32x4.splat(<f32>1 / <f32>(size * size));
  const step = (<usize>channels) << 7, skip = step * (width - size);
  for (let place: u32 = 0; place < images * rows * columns; place++) {
    const corner = corner_of(place, rows, columns, height, width, stride);
    for (let at: usize = 0; at < (<usize>channels) << 7; at += 16) {
      let sum = f32x4.splat(0);
      let from = x + ((corner * channels) << 7) + at;
      for (let i: u32 = 0, end = size; end <= size * size; end += size, from += skip) {
        for (; i < end; i++, from += step) sum = f32x4.add(sum, v128.load(from));
      }
      v128.store(y, f32x4.mul(sum, share));
      y += 16;
    }
  }
}

/** dx := dx + dy / size², all over each window. */
export function f32_average_pool_gradient(
  channels: u32, height: u32, width: u32, size: u32, stride: u32, images: u32, dy: usize, dx: usize,
): void {
  assert(((dy | dx) & 3) == 0);
  assert(size > 0 && stride > 0 && height >= size && width >= size);
  const rows = (height - size) / stride + 1, columns = (width - size) / stride + 1;
  const share = f32x4.splat(<f32>1 / <f32>(size * size));
  const step = (<usize>channels) << 7, skip = step * (width - size);
  for (let place: u32 = 0; place < images * rows * columns; place++) {
    const corner = corner_of(place, rows, columns, height, width, stride);
    for (let at: usize = 0; at < (<usize>channels) << 7; at += 16) {
      const own = f32x4.mul(v128.load(dy), share);
      let to = dx + ((corner * channels) << 7) + at;
      for (let i: u32 = 0, end = size; end <= size * size; end += size, to += skip) {
        for (; i < end; i++, to += step) v128.store(to, f32x4.add(v128.load(to), own));
      }
      dy += 16;
    }
  }
}

/** The position, counted through all images, of the first element of a window. */
// @ts-ignore: decorator
@inline
function corner_of(place: u32, rows: u32, columns: u32, height: u32, width: u32, stride: u32): usize {
  const image = place / (rows * columns), inside = place % (rows * columns);
  return <usize>image * height * width + <usize>(inside / columns) * stride * width + inside % columns * stride;
}
