/** Files that are damaged, or made to do damage. */
import { describe, expect, test } from "vitest";
import { ArgumentRangeError, FormatError } from "../../../src/errors.js";
import { type OnnxModel, readOnnx } from "../../../src/io/onnx/onnx.js";
import { field, joined, type Message, rootOf } from "../../../src/io/onnx/wire.js";
import { bytesOf } from "../../../src/io/tensor.js";
import { Random } from "../../harness/random.js";
import { tenth } from "../../harness/size.js";
import { mutants, readAll } from "../mutants.js";
import { FLOAT, modelOf, node, sample, value, weight } from "./sample.js";

/** Of this process's own time, so that a busy machine does not count. */
const seconds = () => process.cpuUsage().user / 1e6;

const isSame = (a: Float32Array, b: Float32Array) => Buffer.compare(bytesOf(a), bytesOf(b)) === 0;

/** What a model promises holds for any file that reads; one `expect`, because there are many. */
function check(model: OnnxModel, bytes: Uint8Array): void {
  const own = new Map(model.layers.map(({ name }) => [name, model.weights(name)]));
  const zeros = new Map([...own].map(([name, { length }]) => [name, new Float32Array(length)]));
  const tapped = readOnnx(model.withOutputs(model.layers.flatMap(({ input }) => input ?? [])));
  const pruned = readOnnx(model.withWeights(zeros));
  const areFinite = [...own.values()].every((weights) => weights.every(Number.isFinite));
  const again = areFinite ? readOnnx(model.withWeights(own)) : model;
  const wrong = model.layers.filter(({ name, rows, columns }) => {
    const weights = own.get(name)!;
    return !(
      weights.length === rows * columns &&
      isSame(tapped.weights(name), weights) &&
      isSame(again.weights(name), weights) &&
      isSame(pruned.weights(name), zeros.get(name)!)
    );
  });
  expect([wrong, Buffer.compare(model.withOutputs([]), bytes)]).toEqual([[], 0]);
}

/** Places of bytes that are lengths, of whatever reads as a message. */
function lengthsIn(message: Message): number[] {
  const places: number[] = [];
  try {
    for (const fields = message.fields(); fields.next(); ) {
      if (fields.type !== 2) continue;
      places.push(fields.lengthAt, ...lengthsIn(fields.message()));
    }
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    return [];
  }
  return places;
}

/** Copies with two lengths swapped, or one put in another's place. */
function* swaps(file: Uint8Array, count: number): Generator<Uint8Array> {
  const random = new Random(5);
  const places = lengthsIn(rootOf(file));
  for (let mutant = 0; mutant < count; mutant++) {
    const damaged = file.slice();
    const [a, b] = [places[random.below(places.length)], places[random.below(places.length)]];
    damaged[a] = file[b];
    if (mutant % 2) damaged[b] = file[a];
    yield damaged;
  }
}

describe("damaged files", () => {
  const file = sample();

  test.each<[string, () => Iterable<Uint8Array>]>([
    ["bits, bytes and pieces", () => mutants(file, tenth(16_000))],
    ["lengths", () => swaps(file, tenth(4000))],
    ["ends", () => Array.from(file, (_, length) => file.subarray(0, length))],
  ])("read right or are refused: %s", (kind, damaged) => {
    let slowest = 0;
    function* timed() {
      for (const bytes of damaged()) {
        const start = seconds();
        yield bytes;
        slowest = Math.max(slowest, seconds() - start);
      }
    }
    const counts = readAll(timed(), readOnnx, check);
    expect(slowest).toBeLessThan(1);
    expect(counts.refused).toBeGreaterThan(tenth(100));
    if (kind !== "ends") expect(counts.read).toBeGreaterThan(tenth(100));
  });
});

/** Fields of a model around a graph's. */
const graphOf = (...fields: Uint8Array[]) => field(7, fields);
const times = (count: number, bytes: Uint8Array) => {
  const whole = new Uint8Array(count * bytes.length);
  for (let at = 0; at < whole.length; at += bytes.length) whole.set(bytes, at);
  return whole;
};

/** A graph in a node's attribute in a graph, and so on. */
function nested(depth: number): Uint8Array {
  let graph: Uint8Array[] = [];
  for (let level = 0; level < depth; level++)
    graph = [field(1, [field(4, "If"), field(5, [field(1, "then_branch"), field(6, graph)])])];
  return graphOf(...graph);
}

describe("hostile files", () => {
  const attribute = (name: string, ...more: Uint8Array[]) => field(5, [field(1, name), ...more]);
  const lstm = (weights: string) => field(1, [field(4, "LSTM"), field(1, "x"), field(1, weights)]);
  const junk = times(500_000, field(99, 1));

  test.each<[string, () => Uint8Array, string]>([
    ["nothing", () => new Uint8Array(0), "expected a graph, found none"],
    ["a text", () => new TextEncoder().encode('{"error":404}'), 'found text, "{\\"error\\":404}"'],
    ["an archive", () => new TextEncoder().encode("PK\x03\x04\x14\0\0\0\0"), "found a ZIP archive"],
    ["other bytes", () => Uint8Array.of(0x0f, 1), "onnx field at byte 0 expected"],
    ["a web page", () => new TextEncoder().encode("<html>"), "found a web page"],
    ["two graphs", () => joined([graphOf(), graphOf()]), "expected one graph, found two"],
    ["34 graphs inside each other", () => nested(34), "at most 100 nested messages"],
    ["a million starts of graphs", () => times(1_000_000, Uint8Array.of(0x3a, 0x7f)), "wire type 0, 1, 2"],
    ["a million empty nodes", () => graphOf(times(1_000_000, field(1, ""))), "too many tiny ones"],
    [
      "a million empty names",
      () => graphOf(field(1, [times(1_000_000, field(1, ""))])),
      "too many tiny ones",
    ],
    ["a million inputs", () => graphOf(times(1_000_000, field(11, ""))), "too many tiny ones"],
    ["a value that is made twice", () => graphOf(times(2, field(1, [field(2, "y")]))), 'found "y" twice'],
    [
      "an attribute twice",
      () => graphOf(field(1, [attribute("a"), attribute("a")])),
      'each attribute once, found "a" twice',
    ],
    [
      "an attribute of two tensors",
      () => graphOf(field(1, [attribute("a", times(2, field(5, [field(2, 1), field(1, 0)])))])),
      "one tensor, found two",
    ],
    [
      "2⁴⁰ weights in a few bytes",
      () => graphOf(field(5, [field(1, 2 ** 20), field(1, 2 ** 20), field(2, FLOAT), field(9, "abcd")])),
      "expected 1099511627776 values",
    ],
  ])("are refused at once: %s", (_, make, message) => {
    const file = make();
    const start = seconds();
    expect(() => readOnnx(file)).toThrow(
      expect.objectContaining({ name: "FormatError", message: expect.stringContaining(message) }),
    );
    expect(seconds() - start).toBeLessThan(1);
  });
  test("larger than 2 GiB are refused", () => {
    expect(() => readOnnx(new Uint8Array(2 ** 31))).toThrow("at most 2147483647 bytes, found 2147483648");
  });
  test("anything but bytes is refused by name", () => {
    expect(() => readOnnx(new ArrayBuffer(8) as never)).toThrow(
      '"bytes" expected Uint8Array, got ArrayBuffer',
    );
  });
  test("33 graphs inside each other are read", () => {
    expect(readOnnx(nested(33)).layers).toEqual([]);
  });

  const constantW = field(5, [field(8, "w"), field(1, 0), field(2, FLOAT)]);
  test.each<[string, () => Uint8Array]>([
    [
      "many LSTMs behind one joint of many parts",
      () => {
        const parts = times(5000, field(1, "w"));
        const joint = field(1, [field(4, "Concat"), attribute("axis", field(3, 0)), parts, field(2, "c")]);
        return graphOf(constantW, joint, times(5000, lstm("c")));
      },
    ],
    [
      "joints that double their input, 60 times",
      () => {
        const joints = Array.from({ length: 60 }, (_, level) => {
          const input = field(1, level === 0 ? "w" : `c${level - 1}`);
          return field(1, [
            field(4, "Concat"),
            attribute("axis", field(3, 0)),
            input,
            input,
            field(2, `c${level}`),
          ]);
        });
        return graphOf(constantW, ...joints, ...joints.map((_, level) => lstm(`c${level}`)));
      },
    ],
    [
      "a circle of joints",
      () => {
        const joint = (from: string, to: string) =>
          field(1, [field(4, "Identity"), field(1, from), field(2, to)]);
        return graphOf(joint("a", "b"), joint("b", "a"), lstm("a"));
      },
    ],
    [
      "an attribute of many fields that many nodes lead to",
      () => {
        const joint = [field(4, "Concat"), attribute("axis", junk), field(1, "w"), field(2, "c")];
        return graphOf(constantW, field(1, joint), times(5000, lstm("c")));
      },
    ],
    [
      "one weight in many nodes of one name",
      () => {
        const tensor = field(5, [field(8, "w"), field(1, 1), field(1, 1), field(2, FLOAT), field(9, "abcd")]);
        const matmul = [field(4, "MatMul"), field(3, "n"), field(1, "x"), field(1, "w")];
        return graphOf(tensor, times(5000, field(1, matmul)));
      },
    ],
    [
      "many weights in nodes of one name",
      () => {
        const tensors = Array.from({ length: 3000 }, (_, index) =>
          joined([
            field(5, [field(8, `w${index}`), field(1, 1), field(1, 1), field(2, FLOAT), field(9, "abcd")]),
            field(1, [field(4, "MatMul"), field(3, "n"), field(1, "x"), field(1, `w${index}`)]),
          ]),
        );
        return graphOf(...tensors);
      },
    ],
  ])("take less than a second: %s", (_, make) => {
    const file = make();
    const start = seconds();
    readOnnx(file);
    expect(seconds() - start).toBeLessThan(1);
  });
  test("cost no more memory than the limit on small parts lets them", () => {
    const before = process.memoryUsage().heapUsed;
    const file = graphOf(times(60_000, field(1, "")));
    const model = readOnnx(file);
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(60e6);
    expect(model.layers).toEqual([]);
  });
  test("ask for no outputs that are not there", () => {
    const model = readOnnx(
      modelOf({
        node: [node("MatMul", ["nowhere", "w"], ["y"])],
        initializer: [weight("w", [1, 1], [1])],
        output: [value("y", FLOAT, [1, 1])],
      }),
    );
    expect(model.layers[0]).toMatchObject({ input: undefined, isReachable: false });
    expect(() => model.withOutputs(["nowhere"])).toThrow(ArgumentRangeError);
  });
});
