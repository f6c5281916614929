/** The suite in two sizes: the same tests, with less of what repeats itself. `npm test` is quick, `--all` is whole. */
import { inject } from "vitest";

declare module "vitest" {
  export interface ProvidedContext {
    whole: boolean;
  }
}

/** Whether everything runs; vitest.config.ts provides it. For tests that only repeat at full size what others try. */
export const whole = inject("whole");

/** What the whole suite takes, or the quick one. */
export function sized<T>(all: T, quick: T): T {
  return whole ? all : quick;
}

/** So many repetitions in the whole suite, a tenth of them in the quick one. */
export function tenth(all: number): number {
  return sized(all, Math.ceil(all / 10));
}

/** All of a list, or every third in the quick suite. */
export function third<T>(all: readonly T[]): readonly T[] {
  return all.filter((_, i) => whole || i % 3 === 0);
}
