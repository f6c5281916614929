/**
 * The second enumerator, of what solves: linear systems, pruning, subset sums. Its binaries work on the memory of a
 * core that runs index.ts.
 */
import "./trap";

export { f64_geqp3 } from "./dense/geqp3";
export { f64_geqrf } from "./dense/geqrf";
export { f64_ormqr, f64_ormqr_transposed } from "./dense/ormqr";
export { f32_potrf, f64_potrf } from "./dense/potrf";
export { f32_potri, f64_potri } from "./dense/potri";
export { f64_quadratic_forms } from "./dense/quadratic-form";
export {
  f32_trsm, f32_trsm_transposed, f32_trtri, f64_trsm, f64_trsm_transposed, f64_trtri,
} from "./dense/trsm";
export { f64_masked_least_squares } from "./prune/masked-least-squares";
export { f32_obs_pack, f32_obs_sweep } from "./prune/obs-sweep";
export { f32_sparsegpt_block } from "./prune/sparsegpt-block";
export { f64_swap_fixed } from "./prune/swap-fixed";
export { f64_swap_repaired } from "./prune/swap-repaired";
export { f64_subset_sum_branch_and_bound } from "./subset-sum/branch-and-bound";
export { f64_subset_sums_by_size } from "./subset-sum/by-size";
export { f64_subset_sum_dynamic_programming } from "./subset-sum/dynamic-programming";
export { f64_subset_sum_exhaustive } from "./subset-sum/exhaustive";
export { f64_subset_sums_first } from "./subset-sum/first";
export { f64_subset_sum_greedy } from "./subset-sum/greedy";
export { f64_subset_sum_meet_in_the_middle } from "./subset-sum/meet-in-the-middle";
export { f64_subset_sums_nearest } from "./subset-sum/nearest";
export { f64_subset_sum_schroeppel_shamir } from "./subset-sum/schroeppel-shamir";
export { i32_sorted_sums } from "./subset-sum/sorted-sums";
export { f64_subset_sums_look_up, f64_subset_sums_table } from "./subset-sum/table";
export { f64_subset_sum_trimming } from "./subset-sum/trimming";

/** First byte the host may use: everything below belongs to the module. */
export const heap_base: usize = __heap_base;
