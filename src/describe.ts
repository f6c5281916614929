/** Words for messages: what a value is, and what a misspelt name may have meant. */

/**
 * The kind of a typed array. Read from its tag, because `instanceof` fails for arrays of another realm.
 * @param value  anything
 * @returns e.g. "Float32Array"; undefined for what is not a view on a buffer
 */
export function kindOf(value: unknown): string | undefined {
  return ArrayBuffer.isView(value) ? tagOf(value) : undefined;
}

/**
 * The tag by which an object of the platform is known in every realm.
 * @param value  anything
 * @returns e.g. "ArrayBuffer", "Response", "WebAssembly.Module", "Object"
 */
export function tagOf(value: unknown): string {
  return Object.prototype.toString.call(value).slice(8, -1);
}

/**
 * A value in a few words.
 * @param value  anything
 * @returns e.g. `"abc"`, `3`, `null`, `Float32Array(6)`, `an object`
 */
export function describe(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value);
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value === "function") return "a function";
  if (typeof value !== "object" || value === null) return String(value);
  if (Array.isArray(value) || ArrayBuffer.isView(value)) {
    return `${tagOf(value)}(${"length" in value ? value.length : value.byteLength})`;
  }
  return tagOf(value) === "Object" ? "an object" : tagOf(value);
}

/**
 * The name that was probably meant.
 * @param unknown  the name that was given
 * @param names  those that exist
 * @returns the closest one, undefined when none is close
 */
export function nearest(unknown: string, names: readonly string[]): string | undefined {
  const distances = names.map((name) => distance(name.toLowerCase(), unknown.toLowerCase()));
  const index = distances.indexOf(Math.min(...distances));
  return distances[index] <= Math.max(2, names[index]?.length / 3) ? names[index] : undefined;
}

/** Levenshtein's edit distance. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next[j] = Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + Number(a[i - 1] !== b[j - 1]));
    }
    row = next;
  }
  return row[b.length];
}
