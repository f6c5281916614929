/** Ctrl-C: the first asks for an orderly end, a later one ends the process at once. */

/** The exit code of a program that Ctrl-C ended. */
export const INTERRUPTED = 130;

/** npm passes on a Ctrl-C that the terminal has sent already: two signals so close are one. */
const SAME_MS = 500;
/** How long a process stays for that second one, which would kill it while it takes its handlers down. */
const ECHO_MS = 100;

/**
 * Turns Ctrl-C into an abort.
 *
 * @returns the signal to stop on; `end`, which takes Ctrl-C back to what it did before; and `echo`, which resolves
 *   when it is safe to leave after an interruption
 */
export function interruptible(): { signal: AbortSignal; end(): void; echo(): Promise<void> } {
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
  return {
    signal: controller.signal,
    end: () => void process.off("SIGINT", listener),
    echo: () => new Promise((resolve) => setTimeout(resolve, ECHO_MS)),
  };
}
