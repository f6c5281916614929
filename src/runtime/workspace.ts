/** A memory and the kernels that work on it, opened once and passed on; scopes for what is needed briefly. */
import { checkFunction, checkInteger, checkString } from "../check.js";
import { describe } from "../describe.js";
import { ArgumentRangeError, ArgumentTypeError, DisposedError } from "../errors.js";
import type { Kernels } from "../generated/kernels.js";
import { Arena } from "./arena.js";
import { dispose } from "./dispose.js";
import { Job } from "./job.js";
import { SideBlocks } from "./side-blocks.js";
import type { Variant } from "./variant.js";
import { watchedView } from "./watched-view.js";

const SCOPE_END = "whose scope has ended";
const WHOLE_END = "whose core was disposed of";

/** How long a handle may be used: until its scope ends or its core is disposed of. */
export class Lifetime {
  #end?: string;

  /** Whether it is over. */
  get ended(): boolean {
    return this.#end !== undefined;
  }

  /**
   * Ends it. Only the first call counts.
   *
   * @param how  as in "whose scope has ended", for messages
   */
  end(how: string): void {
    this.#end ??= how;
  }

  /**
   * @param name  the handle, as its user knows it
   * @throws {DisposedError} when it is over
   */
  check(name: string): void {
    if (this.#end === undefined) return;
    throw new DisposedError(`"${name}" expected a handle in use, got one ${this.#end}`);
  }
}

/**
 * A stretch of a core's life: what is allocated in it is given back when it ends. Scopes nest, so ending
 * one ends those that were opened after it and are still open.
 */
export class Scope implements Disposable {
  /** The lifetime of the handles made in it. */
  readonly lifetime = new Lifetime();
  readonly #close: (scope: Scope) => void;

  /** @param close  gives back what was allocated; called once */
  constructor(close: (scope: Scope) => void) {
    this.#close = close;
  }

  /** Ends the scope. Calling it again does nothing. */
  dispose(): void {
    if (!this.lifetime.ended) this.#close(this);
  }

  /** The same, for `using scope = core.scope()`. */
  [dispose](): void {
    this.dispose();
  }
}

/**
 * Memory with kernels. One at a time may work in it: two asynchronous jobs that take turns on one
 * workspace would end each other's scopes, so the second is refused.
 */
export class Workspace implements Disposable {
  /** Which binary runs: "simd" gives the same bits everywhere. */
  readonly variant: Variant;
  readonly #whole = new Lifetime();
  readonly #checksViews: boolean;
  #kernels: Kernels | undefined;
  #arena: Arena | undefined;
  #scopes: { readonly scope: Scope; readonly mark: number }[] = [];
  #job: Job | undefined;
  /** While a job calls its caller: the lifetime around the job, and scopes that are open. */
  #caller: { readonly lifetime: Lifetime; readonly scopes: number } | undefined;
  readonly #side = new SideBlocks<Lifetime>();

  /** Whether a value is one, and no proxy of it: what `instanceof` asks. */
  static [Symbol.hasInstance](value: unknown): boolean {
    return typeof value === "object" && value !== null && #whole in value;
  }

  /**
   * Made by `open` and `openSync`.
   *
   * @param variant  which binary the kernels are from
   * @param kernels  instantiated on `memory`
   * @param memory  handed over: nobody else may grow it
   * @param memoryLimitMiB  size up to which the memory may grow
   * @param checksViews  whether stale views throw
   */
  constructor(
    variant: Variant,
    kernels: Kernels,
    memory: WebAssembly.Memory,
    memoryLimitMiB: number,
    checksViews = false,
  ) {
    this.#checksViews = checksViews;
    this.variant = variant;
    this.#kernels = kernels;
    this.#arena = new Arena(memory, kernels.heap_base.value, memoryLimitMiB);
  }

  /** The functions of the binary. They take addresses in bytes and check nothing. @throws {DisposedError} */
  get kernels(): Kernels {
    return this.#kernels ?? this.#gone();
  }

  /** Its `buffer` changes whenever an allocation makes it grow. @throws {DisposedError} */
  get memory(): WebAssembly.Memory {
    return this.#live.memory;
  }

  /** Bytes that can be allocated without growing. @throws {DisposedError} */
  get freeBytes(): number {
    return this.#live.freeBytes;
  }

  /** The size up to which the memory may grow, in bytes. @throws {DisposedError} */
  get limitBytes(): number {
    return this.#live.limitBytes;
  }

  /** The lifetime of what is allocated now: that of the innermost open scope, or of the whole workspace. */
  get lifetime(): Lifetime {
    return this.#callersLifetime ?? this.#scopes.at(-1)?.scope.lifetime ?? this.#whole;
  }

  /** That of what a job's caller makes now, unless it is in a scope of its own. */
  get #callersLifetime(): Lifetime | undefined {
    return this.#caller && this.#scopes.length <= this.#caller.scopes ? this.#caller.lifetime : undefined;
  }

  /**
   * Memory until the innermost open scope, or the workspace, ends. May grow the memory, which detaches
   * the views made before.
   *
   * @param lengthBytes  an integer ≥ 0
   * @returns the address, a multiple of 16; the bytes there hold whatever was there before
   * @throws {OutOfMemoryError} when the memory cannot hold it; everything else stays usable
   * @throws {ArgumentTypeError | ArgumentRangeError} when `lengthBytes` is not an integer ≥ 0
   * @throws {DisposedError}
   */
  allocate(lengthBytes: number): number {
    checkInteger("lengthBytes", lengthBytes);
    const lifetime = this.#callersLifetime;
    return lifetime
      ? this.#side.allocate(this.#live, lengthBytes, lifetime)
      : this.#live.allocate(lengthBytes);
  }

  /** A view of `length` f32 at the address `ptr`, until the next allocation. @throws {DisposedError} */
  f32(ptr: number, length: number): Float32Array<ArrayBuffer> {
    return this.#shown(new Float32Array(this.#buffer, ptr, length));
  }

  /** A view of `length` f64 at the address `ptr`, until the next allocation. @throws {DisposedError} */
  f64(ptr: number, length: number): Float64Array<ArrayBuffer> {
    return this.#shown(new Float64Array(this.#buffer, ptr, length));
  }

  /** A view of `length` u32 at the address `ptr`, until the next allocation. @throws {DisposedError} */
  u32(ptr: number, length: number): Uint32Array<ArrayBuffer> {
    return this.#shown(new Uint32Array(this.#buffer, ptr, length));
  }

  /** A view of `length` bytes at the address `ptr`, until the next allocation. @throws {DisposedError} */
  u8(ptr: number, length: number): Uint8Array<ArrayBuffer> {
    return this.#shown(new Uint8Array(this.#buffer, ptr, length));
  }

  /**
   * Opens a scope: `using scope = core.scope();` gives back at the end of the block all that was allocated
   * since. Handles made in it throw a DisposedError afterwards.
   *
   * @throws {DisposedError}
   */
  scope(): Scope {
    const mark = this.#live.mark();
    const scope = new Scope((ending) => this.#close(ending));
    this.#scopes.push({ scope, mark });
    return scope;
  }

  /**
   * Runs a function in a scope of its own, which ends when the function returns or throws.
   *
   * @param body  synchronous, because a scope that stays open over an `await` would take in what others
   *   allocate meanwhile; an asynchronous job holds the workspace for itself and writes `using scope`
   * @returns what the function returns; not a handle made inside, which has ended by then
   * @throws {ArgumentTypeError} when it is none or returns a promise; what it goes on to do is not reported
   * @throws {DisposedError}
   */
  scoped<T>(body: () => T): T {
    checkFunction("body", body);
    const scope = this.scope();
    try {
      const result = body();
      if (!isPromise(result)) return result;
      result.then(undefined, () => {});
      const found = `one that returns ${describe(result)}`;
      throw new ArgumentTypeError(`"body" expected a synchronous function, got ${found}`);
    } finally {
      scope.dispose();
    }
  }

  /**
   * Takes the workspace for a long work, which awaits between its steps.
   *
   * @param name  of the work, for messages
   * @throws {ArgumentTypeError} when that is no string
   * @throws {ArgumentRangeError} when it is busy with another one
   * @throws {DisposedError}
   */
  job(name: string): Job {
    checkString("name", name);
    if (this.#live && this.#job) {
      throw new ArgumentRangeError(
        `"core" expected one at rest for "${name}", got one that is busy with "${this.#job.name}": ` +
          "wait for that, or open another core",
      );
    }
    const { lifetime } = this;
    const job = new Job(
      name,
      (callback) => this.#outside(lifetime, callback),
      () => {
        // Ended twice, it leaves the next one alone.
        if (this.#job === job) this.#job = undefined;
      },
    );
    this.#job = job;
    return job;
  }

  /** Runs what is the caller's, until its promise is settled where it gives one. */
  #outside<T>(lifetime: Lifetime, callback: () => T): T {
    this.#caller = { lifetime, scopes: this.#scopes.length };
    const end = () => {
      this.#caller = undefined;
    };
    let result: T | undefined;
    try {
      result = callback();
    } finally {
      if (!isPromise(result)) end();
    }
    return isPromise(result) ? (Promise.resolve(result).finally(end) as T) : result;
  }

  /** Ends everything and drops the memory, for the host to take back. Calling it again does nothing. */
  dispose(): void {
    for (const { scope } of this.#scopes) scope.lifetime.end(WHOLE_END);
    this.#whole.end(WHOLE_END);
    this.#scopes = [];
    this.#job = undefined;
    this.#caller = undefined;
    this.#kernels = undefined;
    this.#arena = undefined;
  }

  /** The same, for `using core = await open()`. */
  [dispose](): void {
    this.dispose();
  }

  get #live(): Arena {
    return this.#arena ?? this.#gone();
  }

  get #buffer(): ArrayBuffer {
    return this.#live.memory.buffer as ArrayBuffer;
  }

  /** A view as it is or, on demand, watched: it shows what belongs to the innermost scope that starts before it. */
  #shown<T extends ArrayBufferView>(view: T): T {
    if (!this.#checksViews) return view;
    const owner = this.#scopes.findLast(({ mark }) => mark <= view.byteOffset)?.scope.lifetime;
    return watchedView(view, this.#side.lifetimeAt(view.byteOffset) ?? owner ?? this.#whole);
  }

  #gone(): never {
    throw new DisposedError('"core" expected a core in use, got one that was disposed of');
  }

  #close(scope: Scope): void {
    const index = this.#scopes.findIndex((open) => open.scope === scope);
    const ending = this.#scopes.splice(index);
    for (const { scope: inner } of ending) inner.lifetime.end(SCOPE_END);
    this.#live.release(Math.max(ending[0].mark, this.#side.end()));
  }
}

function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as PromiseLike<unknown> | undefined)?.then === "function";
}
