/** Which package this is: machines with another would compute other bits. */
import { createHash } from "node:crypto";
import { packed as simd } from "../generated/simd.js";
import { packed as solvers } from "../generated/solvers-simd.js";
import { VERSION } from "../generated/version.js";

/**
 * A hash by which data are known.
 *
 * @param parts  texts and bytes, one after the other
 * @returns 64 digits
 */
export function sha256(...parts: (string | Uint8Array)[]): string {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return hash.digest("hex");
}

/** Version of the package and hash of its binaries: "0.1.0-1f0c59e02b4d". */
export const IDENTITY = `${VERSION}-${sha256(simd, "\n", solvers).slice(0, 12)}`;
