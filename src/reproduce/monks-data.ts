/**
 * MONK's problems (Thrun et al. 1991): 432 points of six attributes with 3, 3, 2, 3, 4 and 2 values, in lexicographic
 * order, the last attribute fastest. Bit i of a problem's hex string, most significant first, says whether point i is
 * trained on.
 */
import type { SmallSamples } from "../net/small-network.js";

const VALUES = [3, 3, 2, 3, 4, 2];
const POINTS = 432;
/** One unit for each value of each attribute. */
export const INPUTS = 17;

/** The values of a point's attributes, from 1. */
export function attributesOf(point: number): number[] {
  const attributes: number[] = [];
  for (const values of [...VALUES].reverse()) {
    attributes.unshift((point % values) + 1);
    point = Math.floor(point / values);
  }
  return attributes;
}

/** A problem: what is true, what is trained on, whose labels are flipped there. */
export interface Monk {
  readonly name: string;
  readonly train: string;
  readonly flipped: readonly number[];
  rule(attributes: readonly number[]): boolean;
}

export const MONKS: readonly Monk[] = [
  {
    name: "MONK-1",
    train:
      "0c0024300a40698d2110071c22225b1057a30cdb021909123804d587200280884904e004c09010901410814100c400a2a10571870055",
    flipped: [],
    rule: ([a1, a2, , , a5]) => a1 === a2 || a5 === 1,
  },
  {
    name: "MONK-2",
    train:
      "12ea22c00b50405edf220acf5c36190e45209810569221d509880e9798b1c48d6269a40d0257d49f20715c60ac9cb485ac040080aca1",
    flipped: [],
    rule: (attributes) => attributes.filter((value) => value === 1).length === 2,
  },
  {
    name: "MONK-3",
    train:
      "7a91001113cc0838f609b0b0220688e10502c3c01610024005609d104c0208b4085209a1a801412005801208401440860601b2c01485",
    flipped: [4, 60, 202, 212, 213, 390],
    rule: ([, a2, , a4, a5]) => (a5 === 3 && a4 === 1) || (a5 !== 4 && a2 !== 3),
  },
];

/** The samples of a problem: those trained on, with their flipped labels, and all points with the true ones. */
export function monkSamples({ train, flipped, rule }: Monk): { train: SmallSamples; test: SmallSamples } {
  const points = [...Array(POINTS).keys()];
  const isTrained = (point: number) => (Number.parseInt(train[point >> 2], 16) >> (3 - (point & 3))) & 1;
  const samplesOf = (some: readonly number[], isFlipped: (point: number) => boolean): SmallSamples => ({
    inputs: Float64Array.from(some.flatMap((point) => oneHot(attributesOf(point)))),
    targets: Float64Array.from(some, (point) => Number(rule(attributesOf(point)) !== isFlipped(point))),
  });
  return {
    train: samplesOf(points.filter(isTrained), (point) => flipped.includes(point)),
    test: samplesOf(points, () => false),
  };
}

function oneHot(attributes: readonly number[]): number[] {
  return attributes.flatMap((value, a) =>
    Array.from({ length: VALUES[a] }, (_, v) => Number(v + 1 === value)),
  );
}
