/**
 * The order of a model's layers, which a file of named tensors does not say.
 *
 * Names that end in numbers and have no others, such as conv1, conv2, fc3, go by these numbers if no two are the same.
 * Other names are compared part by part, runs of digits and what is between them: numbers by value, texts by which
 * comes first in the file. So blocks.2.fc stands before blocks.10.fc, and encoder.0, encoder.1 stay together.
 */
import { checkArray, checkString } from "../check.js";
import { ArgumentRangeError } from "../errors.js";
import { shown } from "./tensor.js";

/**
 * Orders in which layers may run, the likeliest first: one whose layers do not follow each other gives way to the next.
 *
 * @param names  different ones, in the order of the file
 * @returns as said above; of texts by their letters; that of the file
 */
export function likelyOrders(names: readonly string[]): string[][] {
  return [runningOrder(names), [...names].sort(naturally), [...names]];
}

function runningOrder(names: readonly string[]): string[] {
  const numbers = names.map((name) => /^\D*(\d+)$/.exec(name)?.[1]).map(Number);
  if (new Set(numbers).size === names.length && !numbers.some(Number.isNaN)) {
    return names
      .map((_, i) => i)
      .sort((a, b) => numbers[a] - numbers[b])
      .map((i) => names[i]);
  }
  const parts = names.map((name) => name.split(/(\d+)/));
  /** By how a name begins: where the first of them stands. */
  const first = new Map<string, number>();
  for (const [i, split] of parts.entries())
    for (let end = 1; end <= split.length; end++) {
      const start = split.slice(0, end).join("");
      if (!first.has(start)) first.set(start, i);
    }
  const compare = (a: number, b: number): number => {
    const [as, bs] = [parts[a], parts[b]];
    for (let p = 0; p < Math.min(as.length, bs.length); p++) {
      if (as[p] === bs[p]) continue;
      if (p % 2 === 1 && Number(as[p]) !== Number(bs[p])) return Number(as[p]) - Number(bs[p]);
      const [placeA, placeB] = [as, bs].map((all) => first.get(all.slice(0, p + 1).join("")) as number);
      return placeA - placeB;
    }
    return as.length - bs.length;
  };
  return names
    .map((_, i) => i)
    .sort(compare)
    .map((i) => names[i]);
}

/**
 * Names in the order that was asked for.
 *
 * @param names  of the file
 * @param order  all of them
 * @throws {ArgumentTypeError} when `order` is no list of texts
 * @throws {ArgumentRangeError} when it names a layer twice, or not all, or others
 */
export function orderAsked(names: readonly string[], order: readonly string[]): string[] {
  for (const [i, name] of checkArray("order", order).entries()) {
    checkString(`order[${i}]`, name);
    const got = !names.includes(name) ? shown(name) : order.indexOf(name) < i ? `${shown(name)} twice` : "";
    if (got) throw new ArgumentRangeError(`"order" expected each of ${names.join(", ")} once, got ${got}`);
  }
  const missing = names.find((name) => !order.includes(name));
  if (missing === undefined) return [...order];
  throw new ArgumentRangeError(
    `"order" expected each of ${names.join(", ")} once, got none of ${shown(missing)}`,
  );
}

/** For `sort`: texts in order, runs of digits as numbers. */
export function naturally(a: string, b: string): number {
  const [as, bs] = [a, b].map((text) => text.split(/(\d+)/));
  for (let i = 0; i < Math.min(as.length, bs.length); i++) {
    if (as[i] === bs[i]) continue;
    const difference = i % 2 === 1 ? Number(as[i]) - Number(bs[i]) : 0;
    return difference || (as[i] < bs[i] ? -1 : 1);
  }
  return as.length - bs.length;
}
