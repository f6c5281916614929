/** What a command says when its work is done and written, and could not be compared with what was before. */
import { printable, shellWord } from "./shell.js";

/**
 * Tells it.
 *
 * @param path  of the model before
 * @param out  of the model that is written
 * @param error  of the comparison, where it failed
 * @returns the exit code
 */
export function exitCompared(path: string, out: string, error: Error | undefined): number {
  if (!error) return 0;
  const written = `${shellWord(out)} is written, but was not compared with ${shellWord(path)}`;
  process.stderr.write(`golden-ticket prune: ${written}: ${printable(error.message)}\n`);
  return 1;
}
