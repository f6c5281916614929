import { expect, test } from "vitest";
import { FormatError } from "../../src/errors.js";
import { readSafetensors, writeSafetensors } from "../../src/io/safetensors.js";
import { decodeResult, encodeResult } from "../../src/search/checkpoint.js";
import type { JobResult } from "../../src/search/contract.js";
import { encodeTicket } from "../../src/search/ticket-file.js";
import { masks, parameters } from "./fake-engine.js";

const result: JobResult = {
  id: "trial-0/round-00/ticket",
  evaluation: {
    accuracy: 0.9781,
    earlyStopIteration: null,
    earlyStopAccuracy: 1 / 3,
    history: [
      { iteration: 100, validationLoss: 0.1 + 0.2, validationAccuracy: 0.7 },
      { iteration: 200, validationLoss: NaN, validationAccuracy: 0.1 },
    ],
  },
  nextMasks: masks(5),
  rewound: [],
  trained: [...parameters(-0), ...parameters(1e-40)],
};

test("a result comes back as it was", () => {
  const bytes = encodeResult(result);
  expect(decodeResult(bytes)).toEqual(result);
  expect(encodeResult(decodeResult(bytes))).toEqual(bytes);
});

test("another file is refused", () => {
  expect(() => decodeResult(writeSafetensors(new Map()))).toThrow(FormatError);
  expect(() => decodeResult(writeSafetensors(new Map()))).toThrow("found another file");
  expect(() => decodeResult(encodeResult(result).subarray(0, 100))).toThrow(FormatError);
  const later = { format: "golden-ticket job result", version: "2", id: "", evaluation: "{}" };
  expect(() => decodeResult(writeSafetensors(new Map(), later))).toThrow(
    "found golden-ticket job result, version 2",
  );
});

test("a ticket's file holds weight, bias and mask of each layer and where they come from", () => {
  const ticket = {
    sizes: [4, 3, 2],
    trial: 0,
    round: 2,
    density: 0.5,
    masks: masks(5),
    weights: parameters(2),
  };
  const protocol = { rewindTo: 0 } as never;
  const bytes = encodeTicket(ticket, { method: "imp", seed: 9, variant: "simd", protocol });
  const { metadata, tensors } = readSafetensors(bytes);
  expect(metadata).toEqual({
    format: "golden-ticket ticket",
    version: "1",
    method: "imp",
    seed: "9",
    variant: "simd",
    trial: "0",
    round: "2",
    density: "0.5",
    sizes: "4,3,2",
    protocol: '{"rewindTo":0}',
  });
  expect([...tensors.keys()].sort()).toEqual(
    ["fc1", "output"].flatMap((layer) => [`${layer}.bias`, `${layer}.mask`, `${layer}.weight`]),
  );
  expect(tensors.get("fc1.weight")).toMatchObject({ dtype: "F32", shape: [3, 4] });
  expect(tensors.get("fc1.bias")).toMatchObject({ dtype: "F32", shape: [3] });
  const bits = Uint8Array.of(1, 0, 1, 0, 1, 1, 1, 1, 1, 1, 1, 1);
  expect(tensors.get("fc1.mask")).toEqual({ dtype: "U8", shape: [3, 4], data: bits });
});
