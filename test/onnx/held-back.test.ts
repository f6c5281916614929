import { expect, test } from "vitest";
import { pruneOnnx } from "../../src/onnx/prune-onnx.js";
import { openSync } from "../../src/open.js";
import { heldBackOf } from "../../src/prune/held-back.js";
import { network, pictures } from "./models.js";

const { x } = pictures(20);
const labels = Uint8Array.from({ length: 20 }, (_, i) => i % 4);
const size = x.data.length / 20;
/** Two samples a run, so that there are ten. */
const held = heldBackOf(10, 0.2).flatMap((run) => [2 * run, 2 * run + 1]);

/** Bytes and accuracy by samples of which some are negated. */
async function pruned(isNegated: (sample: number) => boolean, heldBack?: number) {
  using core = openSync();
  const data = (x.data as Float32Array).map((value, i) => (isNegated(Math.floor(i / size)) ? -value : value));
  const calibration = { x: { dims: x.dims, data } };
  return await pruneOnnx(core, network(), { sparsity: 0.5, calibration, labels, heldBack, workers: 0 });
}

test("what is held back is judged, and not pruned by", async () => {
  const first = await pruned(() => false, 0.2);
  expect(first.accuracy).toMatchObject({ samples: 4, heldBack: true });
  const others = await pruned((sample) => held.includes(sample), 0.2);
  expect(Buffer.from(others.bytes).equals(first.bytes)).toBe(true);
  const used = await pruned((sample) => !held.includes(sample), 0.2);
  expect(Buffer.from(used.bytes).equals(first.bytes)).toBe(false);
  expect(used.accuracy?.before).toBe(first.accuracy?.before);
  const all = await pruned(() => false);
  expect(all.accuracy).toMatchObject({ samples: 20, heldBack: false });
});
