/** The enumerator: one line per kernel file. What stands here is what the binaries export. */
import "./trap";

export { f32_exp, f64_log } from "./math";
export {
  f32_random_normal, f32_random_signs, f32_random_uniform, u32_random_bits, u32_random_permutation,
} from "./random";
export { f32_gemv_masked } from "./mask/gemv-masked";

/** First byte the host may use: everything below belongs to the module. */
export const heap_base: usize = __heap_base;
