import { f32_planes_border, f32_planes_interleave } from "../../src/reference/planes/border.js";
import { kernelBench } from "../harness.js";

kernelBench("f32_planes_border", {
  sizes: [[16, 14, 1], [16, 112, 1], [16, 112, 2]], // channels, height = width, phases
  arguments: (random, c, side, phases) => {
    const [height, width] = [side + 2, Math.ceil((side + 2) / phases)];
    const plane = height * width * phases;
    const y = new Float32Array(c * plane);
    return [c, side, side, random.uniform(c * side * side), 4 * side * side, y, height, width, 4 * plane, 1, 1, phases];
  },
  flops: () => 0,
  bytes: (c, side) => 8 * c * side * side,
  opponents: { reference: f32_planes_border },
  output: 5,
});

kernelBench("f32_planes_interleave", {
  sizes: [[16, 14], [16, 112]], // channels, height = width; steps of 2
  arguments: (random, c, side) => {
    const [x, y] = [random.uniform(c * side * side), new Float32Array(4 * c * side * side)];
    return [c, side, side, x, 4 * side * side, y, 2 * side, 16 * side * side, 2, 2];
  },
  flops: () => 0,
  bytes: (c, side) => 8 * c * side * side,
  opponents: { reference: f32_planes_interleave },
  output: 5,
});
