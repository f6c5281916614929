/** A long work that has a workspace for itself, and calls back who asked for it. */
import { dispose } from "./dispose.js";

/** What a job calls back. */
interface Callbacks {
  onProgress?: ((progress: never) => void) | undefined;
  onLayer?: ((record: never) => void | Promise<void>) | undefined;
  onBlock?: ((block: never, layer: number) => void) | undefined;
  onPruned?: ((pruning: never, index: number) => void | Promise<void>) | undefined;
}

/** Holds a workspace from `Workspace.job` on until it is disposed of. */
export class Job implements Disposable {
  /** As in "busy with prune". */
  readonly name: string;
  readonly #outside: <T>(callback: () => T) => T;
  readonly #end: () => void;

  /**
   * @param name  what it does, for messages
   * @param outside  runs something of the caller's
   * @param end  called when it has ended
   */
  constructor(name: string, outside: <T>(callback: () => T) => T, end: () => void) {
    this.name = name;
    this.#outside = outside;
    this.#end = end;
  }

  /**
   * Options whose functions are the caller's: what they allocate outlives the scopes of the job.
   *
   * @param options  checked
   */
  calling<T extends Callbacks>(options: T): T {
    const { onProgress, onLayer, onBlock, onPruned } = options;
    const own: Callbacks = {};
    if (onProgress) own.onProgress = (done) => this.#outside(() => onProgress.call(options, done));
    if (onLayer) own.onLayer = (record) => this.#outside(() => onLayer.call(options, record));
    if (onBlock) own.onBlock = (block, layer) => this.#outside(() => onBlock.call(options, block, layer));
    if (onPruned)
      own.onPruned = (pruning, index) => this.#outside(() => onPruned.call(options, pruning, index));
    return { ...options, ...own };
  }

  /** Ends it. */
  [dispose](): void {
    this.#end();
  }
}
