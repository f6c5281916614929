/** Sets the engine up for timing; to be imported before anything compiles a Wasm module. */
import { setFlagsFromString } from "node:v8";

// Node 20 has relaxed SIMD behind a flag that may still be set now; newer versions have it on.
if (Number(process.versions.node.split(".")[0]) < 22) setFlagsFromString("--experimental-wasm-relaxed-simd");

// Every Wasm function, ours and the peers', is compiled by the optimising compiler at its first call. Left to
// itself V8 begins with baseline code and replaces it when a thread has time: in two of ten runs on a busy
// machine tfjs-wasm stayed at 11 instead of 28 GFLOP/s for a whole case, near what its baseline code reaches.
setFlagsFromString("--no-liftoff");
