/**
 * The key under which `using` finds what to call at the end of its block. Engines without it (Safari) get
 * it here, before any class uses it: code that was compiled from `using` looks it up at run time.
 */
const holder = Symbol as { dispose?: symbol };
holder.dispose ??= Symbol.for("Symbol.dispose");

/** `Symbol.dispose`, present on every host. */
export const dispose: typeof Symbol.dispose = Symbol.dispose;
