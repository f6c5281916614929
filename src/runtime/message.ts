/** What a pool and its workers say to each other: plain data, cloned on the way. */
import * as errors from "../errors.js";

/** From the pool, after the greeting: the setup once, then one task at a time. */
export type ToWorker<Setup, Task> =
  | { readonly kind: "setup"; readonly setup: Setup }
  | { readonly kind: "task"; readonly task: Task };

/** From the worker, about the task it was given last. */
export type FromWorker<Result, Report> =
  | { readonly kind: "progress"; readonly progress: Report }
  | { readonly kind: "result"; readonly result: Result }
  | { readonly kind: "failure"; readonly failure: Failure };

/** An error as data: cloning one would drop its class and its fields. */
export interface Failure {
  readonly message: string;
  readonly stack?: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/**
 * Makes an error fit for the way between threads.
 *
 * @param error  whatever was thrown
 */
export function packError(error: unknown): Failure {
  if (!(error instanceof Error)) return { message: String(error), fields: {} };
  const { name, message, stack } = error;
  const simple = Object.entries(error).filter(([, value]) => Object(value) !== value);
  return { message, stack, fields: { name, ...Object.fromEntries(simple) } };
}

/**
 * The error again, of the same class when it is one of ours.
 *
 * @param failure  as `packError` gave it
 */
export function unpackError({ message, stack, fields }: Failure): Error {
  const error = new Error(message);
  const known = (errors as Record<string, unknown>)[String(fields.name)];
  if (typeof known === "function") Object.setPrototypeOf(error, known.prototype);
  if (stack !== undefined) error.stack = stack;
  return Object.assign(error, fields);
}
