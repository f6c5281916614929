/**
 * A search as users run it, from dist/, because its workers load their own script. Runs in Node and, through
 * test/browser, in Chromium: the hash is the same with any number of workers on either.
 */
import { expect, test } from "vitest";
import { type LabelledInputs, type Samples, searchTickets } from "../../dist/index.js";
import { Random } from "../harness/random.js";

const EXPECTED = "123cbe6f014c1b8a027237b16ad90f0d1700a85ec60f05d931af7583ae82e385";

function labelled(count: number, seed: number): LabelledInputs {
  const random = new Random(seed);
  const labels = Uint8Array.from({ length: count }, () => random.below(4));
  const level = (i: number) => (i % 4 === labels[Math.floor(i / 36)] ? 256 : 160);
  return { inputs: Uint8Array.from({ length: count * 36 }, (_, i) => random.below(level(i))), labels };
}

const samples: Samples = {
  features: 36,
  classes: 4,
  train: labelled(300, 1),
  validation: labelled(100, 2),
  test: labelled(100, 3),
};

const options = {
  rounds: 3,
  trials: 2,
  seed: 5,
  controlRounds: [2],
  protocol: { sizes: [36, 40, 20, 4], iterations: 60, batch: 30, rewindTo: 5 },
};

async function hashOf(arrays: readonly (Float32Array | Uint32Array)[]): Promise<string> {
  const bytes = await new Blob(arrays.map((array) => array.slice())).arrayBuffer();
  const digest = await crypto.subtle.digest("SHA-256", bytes);
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

test.each([0, 1, 3])("with %i workers gives the same bytes", async (workers) => {
  const { tickets, results, rounds } = await searchTickets(samples, { ...options, workers });
  expect(rounds.map(({ accuracy }) => accuracy > 0.6)).toEqual([true, true, true, true]);
  const trained = [...results.values()].flatMap((result) => result.trained);
  const arrays = tickets.flatMap(({ masks, weights }) => [...masks, ...weights]);
  expect(await hashOf([...arrays, ...trained])).toBe(EXPECTED);
});

test("an abort ends it", async () => {
  const controller = new AbortController();
  const onProgress = () => controller.abort("enough");
  const protocol = { ...options.protocol, iterations: 100_000 };
  const endless = searchTickets(samples, { protocol, workers: 2, signal: controller.signal, onProgress });
  await expect(endless).rejects.toBe("enough");
});

test("errors of workers arrive with their class", async () => {
  const labels = Uint8Array.of(9);
  const wrong = { ...samples, test: { inputs: new Uint8Array(36), labels } };
  for (const workers of [0, 1]) {
    await expect(searchTickets(wrong, { ...options, workers })).rejects.toMatchObject({
      name: "ArgumentRangeError",
      code: "ERR_RANGE",
      message: '"labels" expected classes below 4, got 9 at index 0',
    });
  }
});
