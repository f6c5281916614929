/** Calls with one argument, or a part of it, replaced by something hostile. */
import { types } from "node:util";
import { kindOf } from "../../src/describe.js";
import * as errors from "../../src/errors.js";
import { openSync } from "../../src/open.js";
import type { Core } from "../../src/tensor/core.js";
import { type Hostile, OWN_ERROR } from "./hostile.js";

/** A call that is right, of small sizes. */
export interface Call {
  /** Made anew for each call. */
  args(core: Core): readonly unknown[];
  /** Whose method it is. */
  on?(core: Core): object;
  /** Places that say how much work is wanted: much is not wrong there. One that ends in a dot is all below it. */
  readonly work?: readonly string[];
  /** Whether it is asked to change what it is given. */
  readonly writes?: boolean;
}

/** A place in the arguments: "1.options" is the member `options` of the second. */
export type Place = string;

function isPlain(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null || types.isProxy(value)) return false;
  return Array.isArray(value) || [Object.prototype, null].includes(Object.getPrototypeOf(value));
}

/** All places down to a depth of 4, without those inside of handles and of long lists. */
export function placesOf(args: readonly unknown[], prefix = "", depth = 4): Place[] {
  return Object.entries(args).flatMap(([key, value]) => {
    const place = prefix + key;
    const inner = isPlain(value) && depth > 1 && Object.keys(value).length <= 20;
    return [place, ...(inner ? placesOf(value as never, `${place}.`, depth - 1) : [])];
  });
}

export function valueAt(args: readonly unknown[], place: Place): unknown {
  return place.split(".").reduce((part: unknown, key) => (part as Record<string, unknown>)[key], args);
}

/** The arguments with another value at a place; what leads there is copied. */
function withValue(part: unknown, [key, ...rest]: string[], value: unknown): unknown {
  const copy = Array.isArray(part) ? [...part] : { ...(part as object) };
  const inner = (part as Record<string, unknown>)[key];
  Object.assign(copy, { [key]: rest.length === 0 ? value : withValue(inner, rest, value) });
  return copy;
}

/** Values of an object, without those behind getters; of short lists. */
const partsOf = (value: object) =>
  Array.isArray(value) && value.length > 100
    ? []
    : Object.values(Object.getOwnPropertyDescriptors(value)).map((property) => property.value);

/** Typed arrays that the caller gave, in what is plain data. */
function arraysIn(value: unknown, depth = 5): ArrayBufferView[] {
  if (ArrayBuffer.isView(value)) return [value];
  if (depth === 0 || !(isPlain(value) || types.isMap(value))) return [];
  const parts = types.isMap(value) ? [...value.values()] : partsOf(value);
  return parts.length > 100 ? [] : parts.flatMap((part) => arraysIn(part, depth - 1));
}

const bytesOf = (view: ArrayBufferView) => {
  try {
    return Buffer.from(view.buffer, view.byteOffset, view.byteLength).toString("base64");
  } catch {
    return "gone";
  }
};

/** A product with a mask on the core itself: what it gives is known. */
export function stillWorks(core: Core): boolean {
  return core.scoped(() => {
    const weights = core.matrix(1, 4, [1, 2, 3, 4]);
    const mask = core.mask(1, 4, [1, 0, 1, 1]);
    const [x, y] = [core.matrix(4, 1, [1, 10, 100, 1000]), core.matrix(1, 1)];
    core.kernels.f32_gemv_masked(1, 4, weights.ptr, 4, mask.ptr, 1, x.ptr, y.ptr);
    return y.view()[0] === 4301;
  });
}

const classes = Object.values(errors) as (new (...args: never[]) => Error)[];
/** Or the host's, about a proxy of the caller. */
const isOurs = (error: unknown) =>
  classes.some((Class) => error instanceof Class) || /proxy that has been revoked/.test(String(error));

/** A result as data that can be compared; handles by what they hold. */
export function dataOf(value: unknown, depth = 6): unknown {
  if (typeof value === "function") return "a function";
  if (typeof value !== "object" || value === null || depth === 0) return value;
  if (ArrayBuffer.isView(value)) return [kindOf(value), bytesOf(value)];
  if (value instanceof Map) return [...value].map((entry) => dataOf(entry, depth - 1));
  const { toArray } = value as { toArray?: () => unknown };
  if (typeof toArray === "function") return dataOf(toArray.call(value), depth - 1);
  if (!isPlain(value)) return value.constructor.name;
  return Object.entries(value).map(([key, part]) => [key, dataOf(part, depth - 1)]);
}

export type Outcome = { readonly result: unknown } | { readonly error: unknown };

export type Callee = (...args: unknown[]) => unknown;

export async function outcomeOf(callee: Callee, self: unknown, args: readonly unknown[]): Promise<Outcome> {
  try {
    return { result: dataOf(await callee.apply(self, [...args])) };
  } catch (error) {
    return { error };
  }
}

/** Of the processor's time, which other programs do not add to. */
const MOST_MS = 1000;
/** So that what is huge is refused before the host gives gigabytes. */
const LIMIT = { memoryLimitMiB: 64 };

/**
 * Makes a call with something hostile in one place.
 *
 * @returns what is wrong with how it ended; nothing when all is well
 */
export async function offenceOf(
  callee: Callee,
  call: Call,
  place: Place,
  hostile: Hostile,
): Promise<string | undefined> {
  using core = openSync(LIMIT);
  const usual = call.args(core);
  using other = openSync(LIMIT);
  // So that addresses there differ.
  other.allocate(4096);
  const replaced = hostile.of(valueAt(usual, place), valueAt(call.args(other), place), other);
  const asksForWork = call.work?.some((at) => at === place || (at.endsWith(".") && place.startsWith(at)));
  if (!replaced || (hostile.isHuge && asksForWork)) return undefined;
  const args = withValue(usual, place.split("."), replaced.value) as unknown[];
  const self = call.on?.(core);
  const given = arraysIn(args);
  const before = given.map(bytesOf);
  const start = process.cpuUsage();
  const outcome = await outcomeOf(callee, self, args);
  const { user, system } = process.cpuUsage(start);
  const ms = (user + system) / 1000;
  if ("error" in outcome && outcome.error !== OWN_ERROR && !isOurs(outcome.error)) {
    const { name, message, stack = "" } = outcome.error as Error;
    const at = /src\/[\w/.-]+:\d+/.exec(stack)?.[0];
    return `${name}: ${message} (${at})`;
  }
  if (ms > MOST_MS) return `it took ${Math.round(ms)} ms`;
  if (!call.writes && given.some((view, i) => bytesOf(view) !== before[i]))
    return "it changed an array that was given";
  if (!core.lifetime.ended && !stillWorks(core)) return "the core gives wrong results afterwards";
  if (hostile.isView && "error" in outcome) return `it was refused: ${outcome.error}`;
  if (hostile.isSame && "result" in outcome) {
    using fresh = openSync(LIMIT);
    const expected = await outcomeOf(callee, call.on?.(fresh), call.args(fresh));
    if (JSON.stringify(outcome) !== JSON.stringify(expected)) return "it gave another result";
  }
  return undefined;
}
