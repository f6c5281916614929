/** The enumerator: one line per kernel file. What stands here is what the binaries export. */
import "./trap";

export { f32_gemv_masked } from "./mask/gemv-masked";

/** First byte the host may use: everything below belongs to the module. */
export const heap_base: usize = __heap_base;
