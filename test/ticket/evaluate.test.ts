import { describe, expect, test } from "vitest";
import { ArgumentRangeError, ShapeError } from "../../src/errors.js";
import { openSync } from "../../src/open.js";
import { certify } from "../../src/ticket/certificate.js";
import { adversarialError, evaluateTarget, evaluateTicket } from "../../src/ticket/evaluate.js";
import { Random } from "../harness/random.js";
import {
  DOMAINS,
  dyadic,
  noPerturbation,
  perturbed,
  pointIn,
  randomPerturbation,
  randomTarget,
  spoil,
  target,
} from "./nets.js";

test("outputs worked by hand", () => {
  const layers = [target(2, 2, [1, -2, 0.5, 1], [0, 1], true), target(1, 2, [3, -1], [0.25])];
  const x = Float64Array.of(1, 2);
  expect([...evaluateTarget(layers, x)]).toEqual([0.25 - 3.5]);
  const blocks = layers.map((layer) => perturbed(layer, noPerturbation(layer)));
  expect([...evaluateTicket(blocks, x)]).toEqual([0.25 - 3.5]);
  expect([...x]).toEqual([1, 2]);
});

describe("the search for the worst input", () => {
  const options = { seed: 5, starts: 24, steps: 30 };

  test.each(DOMAINS)("reaches the bound of one layer with the worst signs, %o", (domain) => {
    using core = openSync();
    const random = new Random(4);
    for (let round = 0; round < 20; round++) {
      const layers = [
        target(
          2,
          5,
          Array.from({ length: 10 }, () => dyadic(random)),
        ),
      ];
      const off = noPerturbation(layers[0]);
      const size = () => (1 + random.below(8)) / 64;
      for (let at = 0; at < 10; at++) off.positive[at] = off.negative[at] = size() * (at % 2 ? 1 : -1);
      if (domain.kind === "box" && domain.low === 0)
        off.positive.forEach((value, at) => {
          off.positive[at] = Math.abs(value);
        });
      if (domain.kind === "box" && domain.low === -0.5) {
        off.positive.forEach((value, at) => {
          off.positive[at] = off.negative[at] = Math.abs(value);
        });
      }
      const blocks = [perturbed(layers[0], off)];
      const { maximum } = certify(layers, [blocks[0].residuals], domain);
      const found = adversarialError(core, layers, blocks, domain, options);
      expect(found.maximum).toBeLessThanOrEqual(maximum * (1 + 1e-14));
      expect(found.maximum).toBeGreaterThan(maximum * (1 - 1e-5));
    }
  });

  test("stays below the bound of deep nets, within the domain, and repeats", () => {
    using core = openSync();
    const random = new Random(6);
    for (let net = 0; net < 24; net++) {
      const sizes = [2 + random.below(3), 3, 1 + random.below(4), 2];
      const domain = DOMAINS[net % DOMAINS.length];
      const layers = randomTarget(random, sizes);
      const all = layers.map((layer) => randomPerturbation(random, layer, 2 ** -4, net % 3));
      if (net % 2) spoil(layers, all, pointIn(random, domain, sizes[0]));
      const blocks = layers.map((layer, l) => perturbed(layer, all[l]));
      const { maximum } = certify(
        layers,
        blocks.map((block) => block.residuals),
        domain,
      );
      const found = adversarialError(core, layers, blocks, domain, options);
      expect(found.maximum).toBeLessThanOrEqual(maximum);
      const ticket = evaluateTicket(blocks, found.input);
      const errors = evaluateTarget(layers, found.input).map((value, i) => Math.abs(value - ticket[i]));
      expect(Math.max(...errors)).toBe(found.maximum);
      for (let sample = 0; sample < 100; sample++) {
        const x = pointIn(random, domain, sizes[0]);
        const other = evaluateTicket(blocks, x);
        evaluateTarget(layers, x).forEach((value, i) => {
          expect(Math.abs(value - other[i])).toBeLessThanOrEqual(found.maximum * 1.2);
        });
      }
      expect(adversarialError(core, layers, blocks, domain, options)).toEqual(found);
      if (domain.kind === "ball") {
        expect(found.input.reduce((sum, v) => sum + v * v, 0)).toBeLessThanOrEqual(domain.radius ** 2);
      } else {
        const inside = (v: number) => v >= (domain.low as number) && v <= (domain.high as number);
        expect(found.input.every(inside)).toBe(true);
      }
    }
  });

  test("refuses blocks that do not fit", () => {
    using core = openSync();
    const layers = [target(2, 2, [1, 2, 3, 4])];
    const block = perturbed(layers[0], noPerturbation(layers[0]));
    const search =
      (blocks: (typeof block)[], more = {}) =>
      () =>
        adversarialError(core, layers, blocks, DOMAINS[0], { ...options, ...more });
    expect(search([])).toThrow(ShapeError);
    expect(search([{ ...block, outer: { ...block.outer, rows: 3 } }])).toThrow(ShapeError);
    expect(search([{ ...block, inner: { ...block.inner, columns: 3 } }])).toThrow(ShapeError);
    expect(search([block], { starts: 0 })).toThrow(ArgumentRangeError);
    expect(search([block], { seed: -1 })).toThrow(ArgumentRangeError);
    expect(search([block])().maximum).toBe(0);
  });
});
