import { expect } from "vitest";
import { FormatError } from "../../src/errors.js";
import { Random } from "../harness/random.js";

/**
 * Damaged copies of a file, the same ones in every run. Every other one has a single byte changed, so that
 * much of it still reads; in the rest up to three pieces are changed, dropped, doubled or cut off.
 */
export function* mutants(file: Uint8Array, count: number, seed = 1): Generator<Uint8Array> {
  const random = new Random(seed);
  const bytes = [...file];
  const extremes = [0x00, 0x01, 0x7f, 0x80, 0xff, 0x20, 0x22, 0x2c, 0x30, 0x39, 0x5b, 0x7b, 0x7d];
  // Headers are short beside their data; half of the damage goes there.
  const place = () => random.below(random.below(2) ? bytes.length : Math.min(bytes.length, 200));
  for (let mutant = 0; mutant < count; mutant++) {
    const damaged = [...bytes];
    const small = mutant % 2 === 0;
    for (let change = small ? 0 : random.below(3); change >= 0; change--) {
      const at = place();
      const kind = random.below(small ? 2 : 6);
      if (kind === 0) damaged[at] ^= 1 << random.below(8);
      else if (kind === 1) damaged[at] = extremes[random.below(extremes.length)];
      else if (kind === 2) damaged.splice(at, 1 + random.below(8));
      else if (kind === 3) damaged.splice(at, 0, ...damaged.slice(at, at + 1 + random.below(40)));
      else if (kind === 4) damaged.splice(at, 0, 0x30 + random.below(10));
      else damaged.length = Math.min(damaged.length, place() + 1);
    }
    yield Uint8Array.from(damaged, (byte) => byte ?? 0);
  }
}

/** Beside a multiple of the file: what strings, messages and the test itself take. */
const SLACK_BYTES = 2 ** 18;

/**
 * Reads every mutant. A reader may refuse with a FormatError of one short line, or read; then `check` judges
 * what it read. Anything else that is thrown fails the test, and so does a reader that takes over a second, or buffers
 * of more than `factor` times the file.
 *
 * @returns how many were refused and how many were read: a test wants both to happen
 */
export function readAll<T>(
  files: Iterable<Uint8Array>,
  read: (bytes: Uint8Array) => T,
  check: (result: T, bytes: Uint8Array) => void,
  factor = 4,
): { refused: number; read: number } {
  const counts = { refused: 0, read: 0 };
  for (const bytes of files) {
    let result: T;
    const [started, held] = [performance.now(), process.memoryUsage().arrayBuffers];
    const expectThrift = () => {
      const [ms, taken] = [performance.now() - started, process.memoryUsage().arrayBuffers - held];
      if (ms > 1000 || taken > factor * bytes.length + SLACK_BYTES)
        expect.fail(`${taken} bytes in ${ms} ms for a file of ${bytes.length}`);
    };
    try {
      result = read(bytes);
      expectThrift();
    } catch (error) {
      expectThrift();
      if (!(error instanceof FormatError)) throw error;
      expect(error.message).toMatch(/^[^\n]{10,600}$/u);
      expect(error.message).toMatch(/ expected .*, found /);
      counts.refused++;
      continue;
    }
    check(result, bytes);
    counts.read++;
  }
  return counts;
}
