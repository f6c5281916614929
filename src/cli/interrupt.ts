/** Ctrl-C: the first asks for an orderly end, a later one ends the process at once. */

/** npm passes on a Ctrl-C that the terminal has sent already: two signals so close are one. */
const SAME_MS = 500;

/**
 * Turns Ctrl-C into an abort.
 *
 * @returns the signal to stop on, and what takes Ctrl-C back to what it did before; not to be called after an
 *   interruption, whose echo is still to come
 */
export function interruptible(): { signal: AbortSignal; end(): void } {
  const controller = new AbortController();
  let first = 0;
  const listener = () => {
    if (!controller.signal.aborted) {
      first = performance.now();
      controller.abort();
    } else if (performance.now() - first > SAME_MS) {
      process.off("SIGINT", listener);
      process.kill(process.pid, "SIGINT");
    }
  };
  process.on("SIGINT", listener);
  return { signal: controller.signal, end: () => void process.off("SIGINT", listener) };
}
