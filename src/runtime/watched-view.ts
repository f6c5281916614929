/** Views that say when they are stale: for finding mistakes, because every access costs a look. */
import { DisposedError } from "../errors.js";
import type { Lifetime } from "./workspace.js";

/**
 * @param view  on a WebAssembly memory
 * @param lifetime  of what it shows
 * @returns the view, for reading, writing and its methods; each throws a DisposedError once the lifetime is over or the
 *   memory has grown
 */
export function watchedView<T extends ArrayBufferView>(view: T, lifetime: Lifetime): T {
  const check = () => {
    lifetime.check("view");
    if (view.buffer.byteLength > 0) return;
    throw new DisposedError('"view" expected one taken after the memory grew, got an older one');
  };
  return new Proxy(view, {
    get(target, key) {
      check();
      const value = Reflect.get(target, key, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
    set(target, key, value) {
      check();
      return Reflect.set(target, key, value, target);
    },
  });
}
