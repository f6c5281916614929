/**
 * The third enumerator, of what runs models: products and windows over planes, element-wise chains. Its binaries work
 * on the memory of a core that runs index.ts.
 */
import "./trap";

export { f32_planes_border, f32_planes_interleave } from "./planes/border";
export { f32_planes_copy, f32_planes_fill } from "./planes/copy";
export { f32_planes_conv, f32_planes_gemm } from "./planes/dense-product";
export { f32_planes_depthwise } from "./planes/depthwise";
export { f32_planes_combine, f32_planes_map } from "./planes/elementwise";
export { f32_planes_pool } from "./planes/pool";
export { f32_gru_cell, f32_lstm_cell } from "./planes/recurrent";
export { f32_planes_resize } from "./planes/resize";
export { f32_planes_normalize, f32_planes_reduce, f32_planes_softmax } from "./planes/rows";
export { f32_planes_spmm } from "./planes/sparse-product";
export { f32_planes_windows } from "./planes/windows";
export { f32_planes_winograd_in, f32_planes_winograd_out } from "./planes/winograd";

/** First byte the host may use: everything below belongs to the module. */
export const heap_base: usize = __heap_base;
