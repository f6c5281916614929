/**
 * The key under which `using` finds what to call at the end of its block. Engines without it (Safari) get
 * it here, before any class uses it: code that was compiled from `using` looks it up at run time. The types that go
 * with it are declared for programs whose `lib` ends before them; where `lib` has them, the two are one.
 */
declare global {
  interface SymbolConstructor {
    readonly dispose: unique symbol;
  }
  interface Disposable {
    [Symbol.dispose](): void;
  }
}

const holder = Symbol as { dispose?: symbol };
holder.dispose ??= Symbol.for("Symbol.dispose");

/** `Symbol.dispose`, present on every host. */
export const dispose: typeof Symbol.dispose = Symbol.dispose;
