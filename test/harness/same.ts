/** Compares a value with what the comment behind it in an example states. Node only. */
import { inspect } from "node:util";

/**
 * @param comment   as written: numbers are compared to the digits shown in it
 * @param expected  the literal in the comment, or the comment itself where it is none: then the value as
 *                  printed must read like it
 */
export function same(comment: string, expected: unknown, value: unknown): void {
  const digits = [...comment.matchAll(/\.(\d+)/g)].map(([, decimals]) => decimals.length);
  const exact = /\de/i.test(comment) ? undefined : Math.max(0, ...digits);
  const printed = expected === comment && (String(value) === comment || inspect(value) === comment);
  if (printed || agree(expected, value, exact)) return;
  throw new Error(`the example states ${comment}, the value is ${inspect(value)}`);
}

/** @param decimals  shown of a number; absent for one with an exponent, which may be off by 1 % */
function agree(expected: unknown, value: unknown, decimals: number | undefined): boolean {
  if (typeof expected === "number" && typeof value === "number") {
    if (Object.is(expected, value)) return true;
    if (decimals === undefined) return Math.abs(value - expected) <= 0.01 * Math.abs(expected);
    return decimals > 0 && Math.abs(value - expected) <= 0.5000001 * 10 ** -decimals;
  }
  if (Array.isArray(expected)) {
    const list =
      Array.isArray(value) || ArrayBuffer.isView(value) ? Array.from(value as ArrayLike<unknown>) : [];
    return list.length === expected.length && list.every((item, i) => agree(expected[i], item, decimals));
  }
  if (isRecord(expected) && isRecord(value)) {
    const keys = Object.keys(expected);
    const same = keys.every((key) => Object.hasOwn(value, key) && agree(expected[key], value[key], decimals));
    return same && Object.keys(value).length === keys.length;
  }
  return Object.is(expected, value);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
