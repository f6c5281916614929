import { expect, test } from "vitest";
import { openSync } from "../../src/open.js";
import { Random } from "../harness/random.js";
import { expectLowered, type NodeCase, weights } from "./lowered.js";

const core = openSync();
const random = new Random(14);

const KINDS: { op: string; gates: number; attributes: Record<string, number> }[] = [
  { op: "LSTM", gates: 4, attributes: {} },
  { op: "GRU", gates: 3, attributes: { linear_before_reset: 1 } },
];

test.each(KINDS)("$op: steps, samples, directions, layouts, states", ({ op, gates, attributes }) => {
  for (const [steps, batch, inputs, hidden] of [
    [1, 1, 3, 4],
    [5, 1, 7, 5],
    [2, 3, 4, 9],
    [6, 2, 1, 8],
  ])
    for (const direction of ["forward", "reverse", "bidirectional"])
      for (const layout of [0, 1])
        for (const isFull of [true, false]) {
          const d = direction === "bidirectional" ? 2 : 1;
          const state = { shape: layout ? [batch, d, hidden] : [d, batch, hidden] };
          const states = gates === 4 ? [state, state] : [state];
          const given: NodeCase["inputs"] = [
            { shape: layout ? [batch, steps, inputs] : [steps, batch, inputs] },
            weights(random, [d, gates * hidden, inputs]),
            weights(random, [d, gates * hidden, hidden]),
            ...(isFull ? [weights(random, [d, 2 * gates * hidden]), undefined, ...states] : []),
          ];
          for (const outputs of [["y"], ["", "y"], ...(gates === 4 ? [["", "", "y"]] : [])]) {
            const node = { op, attributes: { ...attributes, direction, layout }, inputs: given, outputs };
            expect(expectLowered(core, node)).toBe("dense");
          }
        }
});

test("what the cells do not do is left to plain JavaScript", () => {
  const given = (gates: number) => [
    { shape: [3, 1, 4] },
    weights(random, [1, gates * 5, 4]),
    weights(random, [1, gates * 5, 5]),
  ];
  const none = [undefined, undefined, undefined, undefined];
  const peepholes = [...given(4), ...none, weights(random, [1, 15])];
  expect(expectLowered(core, { op: "LSTM", inputs: peepholes })).toBe("javascript");
  expect(expectLowered(core, { op: "GRU", inputs: given(3) })).toBe("javascript");
  const attributes: NodeCase["attributes"] = { activations: ["relu", "tanh", "tanh"] };
  expect(expectLowered(core, { op: "LSTM", attributes, inputs: given(4) })).toBe("javascript");
});
