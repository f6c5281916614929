/** The inputs that a strong ticket is for, and samples of them. */
import { type Core, type Domain, randomInputs } from "../index.js";
import { refusal } from "./options.js";
import { readInputs } from "./tensor-file.js";

/** Random inputs where no samples are given. */
const RANDOM_SAMPLES = 10_000;
/** Samples that are made and run in one go. */
const CHUNK = 1000;

/** Options that say which inputs. */
interface Given {
  readonly low?: number;
  readonly high?: number;
  readonly radius?: number;
  readonly inputs?: string;
  readonly seed?: number;
}

/** Samples of a domain. */
export interface Samples {
  readonly count: number;
  /** As many are asked for at a time, but for the last. */
  readonly chunk: number;
  /** Some of them, row after row; `first` is a multiple of `chunk`. */
  from(first: number, count: number): Float32Array;
}

/**
 * The box or ball of the options; throws a UsageError when they are both or an empty box.
 *
 * @param given  low, high, radius
 */
export function domainOf({ low, high, radius }: Given): Domain {
  if (radius !== undefined) {
    if (low === undefined && high === undefined) return { kind: "ball", radius };
    throw refusal("--radius", "no --low or --high beside it", String(radius));
  }
  const box = { kind: "box", low: low ?? 0, high: high ?? 1 } as const;
  if (box.low <= box.high) return box;
  throw refusal("--low", `at most --high, ${box.high}`, String(box.low));
}

/**
 * The samples of the options, or random ones.
 *
 * @param core  for random ones
 * @param given  inputs and seed
 * @param domain  that they must be in: nothing is proven elsewhere
 * @param width  numbers a sample
 * @throws {FormatError} when the file is broken, and a UsageError when samples do not fit or there are none
 */
export function samplesOf(core: Core, { inputs, seed = 0 }: Given, domain: Domain, width: number): Samples {
  if (inputs === undefined) {
    return {
      count: RANDOM_SAMPLES,
      chunk: CHUNK,
      from: (first, count) => randomInputs(core, domain, width, count, seed, first / CHUNK),
    };
  }
  const read = readInputs("--inputs", inputs, width);
  const samples = read instanceof Uint8Array ? Float32Array.from(read, (value) => value / 255) : read;
  if (samples.length === 0) throw refusal("--inputs", "at least one sample", `none in ${inputs}`);
  checkWithin(samples, inputs, domain, width);
  return {
    count: samples.length / width,
    chunk: CHUNK,
    from: (first, count) => samples.subarray(first * width, (first + count) * width),
  };
}

function checkWithin(samples: Float32Array, source: string, domain: Domain, width: number): void {
  if (domain.kind === "box") {
    const [low, high] = [domain.low, domain.high].map((side) => Math.fround(side as number));
    const index = samples.findIndex((value) => !(value >= low && value <= high));
    if (index < 0) return;
    const expected = `numbers from ${domain.low} to ${domain.high}, as --low and --high say`;
    throw refusal("--inputs", expected, `${samples[index]} at index ${index} of ${source}`);
  }
  for (let first = 0; first < samples.length; first += width) {
    const sample = samples.subarray(first, first + width);
    const norm = Math.sqrt(sample.reduce((sum, value) => sum + value * value, 0));
    // Samples are rounded to f32.
    if (norm <= domain.radius * (1 + 2 ** -20)) continue;
    const expected = `samples of a 2-norm of at most ${domain.radius}, as --radius says`;
    throw refusal("--inputs", expected, `${norm} of sample ${first / width} of ${source}`);
  }
}
