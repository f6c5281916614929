/**
 * The enumerator of what every core has: one line per kernel file. What stands here is what its binaries export.
 * What solves – linear systems, pruning, subset sums – stands in solvers.ts, for the few who call it.
 */
import "./trap";

export { f32_exp, f64_cos_sin_turns, f64_log } from "./math";
export {
  f32_random_normal, f32_random_signs, f32_random_uniform, u32_random_bits, u32_random_permutation,
} from "./random";
export { f32_batch_norm_gradient, f32_normalise, f64_batch_statistics } from "./conv/batch-norm";
export { f32_images_from_panels, f32_panels_from_images } from "./conv/images";
export { f32_patches, f32_patches_adjoint } from "./conv/patches";
export {
  f32_average_pool, f32_average_pool_gradient, f32_max_pool, f32_max_pool_gradient,
} from "./conv/pool";
export { f64_add_f32 } from "./dense/accumulate";
export { f32_gemm, f32_gemm_panels, f32_gemm_panels_transposed } from "./dense/gemm";
export { f32_gemv, f32_gemv_packed, f32_gemv_transposed } from "./dense/gemv";
export { f32_pack_a, f32_pack_a_panels, f32_pack_a_transposed } from "./dense/pack";
export { f32_panels_from_rows, f32_rows_from_panels } from "./dense/panels";
export { f32_syrk_panels } from "./dense/syrk";
export { f32_mask_apply } from "./mask/apply";
export { u32_mask_and, u32_mask_count } from "./mask/bits";
export { f32_gemv_masked } from "./mask/gemv-masked";
export { f32_abs } from "./saliency/magnitude";
export { f32_abs_product, f32_product } from "./saliency/product";
export { f32_square_by_column } from "./saliency/square-by-column";
export { f32_block_sums } from "./select/block-sums";
export { f32_keep_largest } from "./select/keep-largest";
export { f32_select_n_of_m } from "./select/n-of-m";
export { f32_select_smallest_k } from "./select/smallest-k";
export { f32_bitmask_pack, f32_bitmask_unpack } from "./sparse/bitmask";
export {
  f32_block_reorder, f32_spmm_block_1x4, f32_spmm_block_4x1, f32_spmv_block_1x4, f32_spmv_block_4x1,
} from "./sparse/block";
export {
  block_1x4_row_starts, block_4x1_row_starts, f32_block_1x4_pack, f32_block_1x4_scatter, f32_block_4x1_pack,
  f32_block_4x1_scatter,
} from "./sparse/block-pack";
export { f32_spmm_csr_u16, f32_spmm_csr_u32, f32_spmv_csr_u16, f32_spmv_csr_u32 } from "./sparse/csr";
export {
  csr_row_starts, csr_transpose_u16, csr_transpose_u32, f32_csr_gather_values_u16, f32_csr_gather_values_u32,
  f32_csr_pack_u16, f32_csr_pack_u32, f32_csr_reorder, f32_csr_scatter_values_u16, f32_csr_scatter_values_u32,
} from "./sparse/csr-pack";
export { f32_csr_from_panels_u16 } from "./sparse/csr-panels";
export {
  f32_spmm_1of4, f32_spmm_2of4, f32_spmm_4of8, f32_spmv_1of4, f32_spmv_2of4, f32_spmv_4of8, n_of_m_controls,
} from "./sparse/n-of-m";
export {
  f32_pack_1of4, f32_pack_2of4, f32_pack_4of8, f32_scatter_1of4, f32_scatter_2of4, f32_scatter_4of8,
} from "./sparse/n-of-m-pack";
export { f32_sddmm_csr_u16, f32_sddmm_csr_u32 } from "./sparse/sddmm";
export { f32_adam } from "./train/adam";
export { f32_bias_gradient } from "./train/bias-gradient";
export { f32_count_correct } from "./train/count-correct";
export { f32_edge_popup } from "./train/edge-popup";
export { f32_panels_from_bytes } from "./train/panels-from-bytes";
export { f32_relu_gradient } from "./train/relu-gradient";
export { f32_sgd } from "./train/sgd";
export { f32_softmax_cross_entropy } from "./train/softmax-cross-entropy";

/** First byte the host may use: everything below belongs to the module. */
export const heap_base: usize = __heap_base;
