import { f32_planes_windows } from "../../src/reference/planes/windows.js";
import { kernelBench } from "../harness.js";
import { csr, keptOf } from "../sparse/structures.js";

/** Bytes to the elements of a 3 × 3 window in planes of side + 2 columns. */
const tapOf = (element: number, side: number) => 4 * (Math.floor(element / 3) * (side + 2) + (element % 3));

kernelBench("f32_planes_windows", {
  sizes: [[16, 8, 7, 70], [64, 64, 28, 70], [128, 128, 14, 90], [256, 256, 7, 90]], // rows, channels, side, % zeros
  arguments: (random, m, c, side, percent) => {
    const { starts, columns, values } = csr(random, m, 9 * c, percent);
    const plane = (side + 2) ** 2;
    const offsets = Uint32Array.from(columns, (column) => 4 * Math.floor(column / 9) * plane + tapOf(column % 9, side));
    const [x, y] = [random.uniform(c * plane), new Float32Array(m * side * side)];
    const finish = [random.uniform(m), 0, 0, -Infinity, Infinity];
    return [m, side, side, starts, offsets, values, x, 4 * (side + 2), y, 4 * side * side, ...finish];
  },
  flops: (m, c, side, percent) => 2 * keptOf(m, 9 * c, percent) * side * side,
  bytes: (m, c, side, percent) => 8 * keptOf(m, 9 * c, percent) + 4 * (m + c) * side * side,
  opponents: { reference: f32_planes_windows },
  output: 8,
  terms: (_, c) => 9 * c + 2,
});
