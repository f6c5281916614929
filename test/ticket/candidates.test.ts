import { describe, expect, test } from "vitest";
import { candidateProducts, network, openSync, type StrongTicket, strongTicket } from "../../src/index.js";

/** The products kept for a weight, or, as the input after the last, for a bias; of one side of the input. */
function keptFor({ blocks }: StrongTicket, layer: number, row: number, column: number): number[] {
  const { inner, outer } = blocks[layer];
  const products: number[] = [];
  for (let at = outer.rowStarts[row]; at < outer.rowStarts[row + 1]; at++) {
    const neuron = outer.columnIndices[at];
    const from = inner.rowStarts[neuron];
    const isBias = from === inner.rowStarts[neuron + 1];
    if (isBias && column === inner.columns) products.push(outer.values[at] * inner.bias[neuron]);
    if (!isBias && inner.columnIndices[from] === column) products.push(outer.values[at] * inner.values[from]);
  }
  return products;
}

describe.each([
  { name: "inputs ≥ 0", domain: { kind: "box", low: 0, high: 1 } as const, sides: 1 },
  { name: "inputs of both signs", domain: { kind: "box", low: -1, high: 1 } as const, sides: 2 },
])("$name", ({ domain, sides }) => {
  test("what is kept is among them, and nothing else of them comes nearer", async () => {
    using core = openSync();
    const net = network(core, [5, 4, 3], { seed: 2 });
    const options = { epsilon: 0.05, pool: 12, seed: 7, domain };
    const ticket = await strongTicket(net, { ...options, workers: 0 });
    for (const [layer, { outputs, inputs, weights, bias }] of net.layers.entries()) {
      for (let row = 0; row < outputs; row++) {
        for (let column = 0; column <= inputs; column++) {
          const pools = candidateProducts(net, { ...options, layer, row, column });
          const count = layer === 0 && column < inputs ? sides : 1;
          expect(pools.length).toBe(12 * count);
          const kept = keptFor(ticket, layer, row, column);
          if (!kept.every((product) => pools.includes(product))) continue;
          const target = column < inputs ? weights.view()[row * inputs + column] : bias.view()[row];
          const nearest = Math.max(
            ...Array.from({ length: count }, (_, side) => {
              return distance(pools.slice(12 * side, 12 * (side + 1)), target);
            }),
          );
          const { weights: off, bias: offBias } = ticket.blocks[layer].residuals;
          const residual = column < inputs ? off[row * inputs + column] : offBias[row];
          // A bias of 0 is met by nothing at all.
          expect(Math.abs(residual - nearest)).toBeLessThan(1e-12);
        }
      }
    }
  });
});

/** Of the subset whose sum is nearest, by trying all. */
function distance(products: Float64Array, target: number): number {
  let sums = [0];
  for (const product of products) sums = sums.concat(sums.map((sum) => sum + product));
  return sums.reduce((least, sum) => Math.min(least, Math.abs(sum - target)), Infinity);
}

test("first pools hold nearly all that is kept", async () => {
  using core = openSync();
  const net = network(core, [6, 5], { seed: 3 });
  const options = { epsilon: 0.01, seed: 1 };
  const ticket = await strongTicket(net, { ...options, workers: 0 });
  const places = Array.from({ length: 30 }, (_, at) => ({
    layer: 0,
    row: Math.floor(at / 6),
    column: at % 6,
  }));
  const held = places.filter((place) => {
    const products = candidateProducts(net, { ...options, ...place });
    expect(products.length).toBe(21);
    return keptFor(ticket, place.layer, place.row, place.column).every((product) =>
      products.includes(product),
    );
  });
  expect(held.length).toBeGreaterThan(27);
});

test.each([
  ["layer", { layer: 1, row: 0, column: 0 }],
  ["row", { layer: 0, row: 5, column: 0 }],
  ["column", { layer: 0, row: 0, column: 7 }],
])("a %s that is not there is refused", (name, place) => {
  using core = openSync();
  const net = network(core, [6, 5], { seed: 3 });
  expect(() => candidateProducts(net, { epsilon: 0.1, ...place })).toThrow(`"options.${name}" expected`);
});
