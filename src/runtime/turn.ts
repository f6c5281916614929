/** Turns of the event loop for long work: progress is seen, and a signal can abort it. */

/** Longest stretch of work between two turns, in ms. */
const SLICE_MS = 50;

/** Lets the event loop turn once. A message comes sooner than a timer, which browsers hold back. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(0);
  });
}

/**
 * For a loop that works for long: it awaits what is returned between two pieces of work.
 *
 * @param signal  makes it reject with its reason once aborted
 * @param report  called before each turn
 * @returns resolves at once, but for one turn of the event loop every 50 ms
 */
export function pacer(signal?: AbortSignal, report?: () => void): () => Promise<void> {
  let sliceStart = performance.now();
  return async () => {
    if (performance.now() - sliceStart < SLICE_MS) return;
    report?.();
    await nextTurn();
    signal?.throwIfAborted();
    sliceStart = performance.now();
  };
}
