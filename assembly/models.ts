/**
 * The third enumerator, of what runs models: products and windows over planes, element-wise chains. Its binaries work
 * on the memory of a core that runs index.ts.
 */
import "./trap";

export { f32_planes_conv, f32_planes_gemm } from "./planes/dense-product";
export { f32_planes_depthwise, f32_planes_depthwise_3, f32_planes_depthwise_5 } from "./planes/depthwise";
export { f32_planes_gather, f32_planes_pad } from "./planes/patches";
export { f32_planes_spmm } from "./planes/sparse-product";

/** First byte the host may use: everything below belongs to the module. */
export const heap_base: usize = __heap_base;
