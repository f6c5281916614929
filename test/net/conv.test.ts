import { describe, expect, test } from "vitest";
import { GEMM_SCRATCH_BYTES, panelsBytes } from "../../src/linalg/panels.js";
import {
  batchNorm,
  conv,
  dense,
  type LayerDescription,
  type NetworkDescription,
  pool,
} from "../../src/net/description.js";
import { linear } from "../../src/net/linear.js";
import { network } from "../../src/net/network.js";
import { sgd } from "../../src/net/optimizer.js";
import { NETWORKS } from "../../src/net/presets.js";
import { trainer } from "../../src/net/trainer.js";
import { openSync } from "../../src/open.js";
import { f32_images_from_panels, imagesLength } from "../../src/reference/conv/images.js";
import { f32_patches } from "../../src/reference/conv/patches.js";
import { f32_panels_from_rows, paddedBatch } from "../../src/reference/dense/panels.js";
import { Random } from "../harness/random.js";
import { logitsOf, lossOf } from "./conv-twin.js";

const NETS: Record<string, NetworkDescription> = {
  "convolution, max pooling": { input: [1, 6, 5], layers: [conv(3), pool("max"), dense(4)] },
  "two channels, stride, no padding, average": {
    input: [2, 7, 6],
    layers: [conv(3, { kernel: [3, 2], stride: 2, padding: 0 }), pool("average", 2, 1), dense(5), dense(3)],
  },
  "1 × 1 windows, overlapping pools": {
    input: [3, 5, 5],
    layers: [conv(4, { kernel: 1 }), pool("max", 3, 1), conv(2), dense(3)],
  },
  "the window is the image": {
    input: [2, 4, 3],
    layers: [conv(5, { kernel: [4, 3], padding: 0 }), dense(3)],
  },
  "strides beyond the window": {
    input: [1, 9, 9],
    layers: [conv(3, { kernel: 2, stride: 3, padding: 1 }), conv(3), dense(3)],
  },
  "batch norm": {
    input: [1, 5, 4],
    layers: [conv(3), batchNorm(), conv(2), batchNorm(), pool("max"), dense(3)],
  },
  "batch norm and pooling first": {
    input: [2, 4, 4],
    layers: [batchNorm({ epsilon: 0.01 }), pool("average"), conv(3, { kernel: 2 }), dense(3)],
  },
  "fully connected alone": { input: [1, 3, 2], layers: [dense(4), dense(3)] },
};

const rowsOf = (values: Float32Array, features: number) =>
  Array.from({ length: values.length / features }, (_, s) => [
    ...values.subarray(s * features, (s + 1) * features),
  ]);

function opened(description: NetworkDescription, batch: number, seed = 3) {
  const core = openSync();
  const random = new Random(seed);
  const net = network(core, description, { seed: 5 });
  for (const layer of net.layers) layer.bias.copyFrom(random.uniform(layer.outputs, -0.1, 0.1));
  const x = random.uniform(batch * net.sizes[0]);
  const labels = Uint8Array.from({ length: batch }, () => random.below(3));
  return { core, random, net, x, labels };
}

describe.each(Object.entries(NETS))("%s", (_, description) => {
  test.each([1, 5, 33])("gives the twin's logits for %d samples", (batch) => {
    const { net, x } = opened(description, batch);
    const states = net.parameters().slice(2 * net.layers.length);
    const parameters = net.parameters();
    for (const [i] of states.entries())
      parameters[2 * net.layers.length + i] = states[i].map((v) => v + 0.25);
    net.load(parameters);
    const want = logitsOf(description, parameters, rowsOf(x, net.sizes[0]), true).flat();
    const got = net.forward(x);
    expect(got.length).toBe(want.length);
    for (const [i, value] of want.entries()) expect(Math.abs(got[i] - value)).toBeLessThan(1e-5);
  });

  test("has the gradients of central differences, pruned weights none", () => {
    const { core, random, net, x, labels } = opened(description, 5);
    for (const layer of net.layers) {
      const bits = Uint8Array.from({ length: layer.outputs * layer.inputs }, () => random.below(4) && 1);
      layer.mask = core.mask(layer.outputs, layer.inputs, bits);
      layer.applyMask();
    }
    const before = net.parameters();
    const loss = trainer(net, { optimizer: sgd({ learningRate: 1 }), batch: 5 }).step(x, labels);
    const after = net.parameters();
    const exact = before.map((array) => Float64Array.from(array));
    const samples = rowsOf(x, net.sizes[0]);
    const lossNow = () => lossOf(description, exact, samples, labels);
    expect(Math.abs(loss - lossNow())).toBeLessThan(1e-6);
    const h = 1e-5;
    for (const [p, array] of exact.slice(0, 2 * net.layers.length).entries()) {
      const kept = p % 2 === 0 ? net.layers[p / 2].mask?.toArray() : undefined;
      for (let i = 0; i < array.length; i++) {
        const got = before[p][i] - after[p][i];
        if (kept?.[i] === 0) {
          expect(after[p][i]).toBe(0);
          continue;
        }
        const value = array[i];
        array[i] = value + h;
        const up = lossNow();
        array[i] = value - h;
        const down = lossNow();
        array[i] = value;
        const difference = Math.abs(got - (up - down) / (2 * h));
        if (!(difference < 5e-6)) throw new Error(`parameter ${p}[${i}]: off by ${difference}`);
      }
    }
  });
});

test.each([
  [[2, 6, 5], conv(5), 40],
  [[3, 7, 7], conv(4, { kernel: 3, stride: 2, padding: 2 }), 33],
  [[1, 4, 4], conv(3, { kernel: 4, padding: 0 }), 64],
] as const)("a convolution of %j has the bits of a Linear on explicit patches", (input, layer, batch) => {
  const { core, net, x, random } = opened({ input, layers: [layer, dense(3)] }, batch);
  const [first] = net.layers;
  const [, stage] = net.stages;
  const [channels, height, width] = input;
  const positions = height * width;
  const places = net.sizes[1] / layer.outputs;
  const images = new Float32Array(imagesLength(channels, positions, batch));
  const panels = new Float32Array(channels * positions * paddedBatch(batch));
  f32_panels_from_rows(channels * positions, batch, x, channels * positions, panels);
  f32_images_from_panels(channels, positions, batch, panels, images);
  const columns = 32 * places * Math.ceil(batch / 32);
  const patches = new Float32Array(first.inputs * columns);
  const [rows, across] = layer.kernel;
  f32_patches(
    channels,
    height,
    width,
    rows,
    across,
    layer.stride,
    layer.padding,
    0,
    columns / 32,
    images,
    patches,
  );
  for (const kernel of ["no mask", "dense", "csr"] as const) {
    const length = first.outputs * first.inputs;
    const bits = Uint8Array.from({ length }, () => random.below(2));
    const mask = kernel === "no mask" ? undefined : core.mask(first.outputs, first.inputs, bits);
    const forced = kernel === "no mask" ? undefined : kernel;
    first.setMask(mask, forced);
    const { outputs, inputs, bias, weights, relu } = first;
    const plain = linear(core, weights, {
      inputs,
      outputs,
      bias: bias.toArray(),
      mask,
      relu,
      kernel: forced,
    });
    const [from, to, scratch, in_, out] = [
      ...[panelsBytes(inputs, columns), panelsBytes(outputs, columns), GEMM_SCRATCH_BYTES],
      ...[4 * images.length, stage.bytes(batch)],
    ].map((bytes) => core.allocate(bytes));
    core.f32(from, patches.length).set(patches);
    core.f32(in_, images.length).set(images);
    plain.forwardPanels(columns, from, to, scratch);
    stage.forward(batch, in_, out, scratch);
    expect(core.f32(out, outputs * columns)).toEqual(core.f32(to, outputs * columns));
  }
});

test("sparse training of convolutions agrees with dense training to rounding", () => {
  const trained = (kernel: "dense" | "csr") => {
    const { core, random, net, x, labels } = opened(NETS["1 × 1 windows, overlapping pools"], 33);
    for (const layer of net.layers) {
      const bits = Uint8Array.from({ length: layer.outputs * layer.inputs }, () => random.below(2));
      layer.setMask(core.mask(layer.outputs, layer.inputs, bits), kernel);
    }
    const steps = trainer(net, { optimizer: sgd({ learningRate: 0.1, momentum: 0.9 }), batch: 33 });
    for (let i = 0; i < 20; i++) steps.step(x, labels);
    return net.parameters();
  };
  const [a, b] = [trained("dense"), trained("csr")];
  for (const [p, array] of a.entries())
    for (const [i, value] of array.entries()) expect(Math.abs(value - b[p][i])).toBeLessThan(1e-4);
});

test("running averages follow the batches, are saved and loaded, and forgotten", () => {
  const momentum = 0.5;
  const description = { input: [1, 2, 2], layers: [batchNorm({ momentum }), conv(1), dense(3)] } as const;
  const { net, x, labels } = opened(description, 3);
  trainer(net, { batch: 3 }).step(x, labels);
  const mean = x.reduce((sum, v) => sum + v, 0) / 12;
  const variance = x.reduce((sum, v) => sum + (v - mean) ** 2, 0) / 11;
  const state = net.parameters()[4];
  expect(state[0]).toBeCloseTo(momentum * mean, 6);
  expect(state[1]).toBeCloseTo(1 - momentum + momentum * variance, 6);
  const saved = net.parameters();
  const logits = net.forward(x);
  net.initialise(1);
  expect([...net.parameters()[4]]).toEqual([0, 1]);
  net.load(saved);
  expect(net.forward(x)).toEqual(logits);
  expect(() => net.load(saved.slice(0, 4))).toThrow('"parameters" expected an array of 5, got 4');
  expect(() => net.load([...saved.slice(0, 4), new Float32Array(3)])).toThrow("parameters[4]");
});

test("a batch gives the bits of its samples one by one", () => {
  const { net, x } = opened(NETS["batch norm"], 40);
  const all = net.forward(x);
  for (const s of [0, 31, 32, 39]) {
    expect(net.forward(x.slice(s * 20, (s + 1) * 20))).toEqual(all.slice(3 * s, 3 * s + 3));
  }
});

test("the networks of the papers have the layers that they say", () => {
  const shapes = Object.entries(NETWORKS).map(([name, description]) => {
    const { layers } = network(openSync(), description);
    return [name, ...layers.map(({ outputs, inputs }) => `${outputs}x${inputs}`)].join(" ");
  });
  expect(shapes).toEqual([
    "conv-2 16x9 16x144 128x3136 128x128 10x128",
    "conv-4 16x9 16x144 32x144 32x288 128x1568 128x128 10x128",
    "conv-6 16x9 16x144 32x144 32x288 64x288 64x576 128x576 128x128 10x128",
    "lenet-5 6x25 16x150 120x400 84x120 10x84",
    "lenet-300-100 300x784 100x300 10x100",
  ]);
});

describe("refuses", () => {
  const core = openSync();
  const made = (layers: unknown, input: unknown = [1, 4, 4]) =>
    network(core, { input, layers } as unknown as NetworkDescription);
  test.each<[string, unknown, unknown, string]>([
    [
      "no list of layers",
      3,
      undefined,
      '"network.layers" expected an array that ends with a fully connected',
    ],
    ["an end that is no layer of classes", [conv(2)], undefined, "expected an array that ends with"],
    ["an input that is no picture", [dense(2)], [4], '"network.input" expected [channels, height, width]'],
    ["an empty picture", [dense(2)], [1, 0, 4], '"network.input[1]" expected'],
    ["an unknown kind", [{ kind: "lstm" }, dense(2)], undefined, '"network.layers[0].kind" expected'],
    [
      "a window beyond the image",
      [conv(1, { kernel: 5, padding: 0 }), dense(2)],
      undefined,
      '"network.layers[0]" expected a window within 4 × 4, got 5 × 5',
    ],
    [
      "a pool beyond the image",
      [pool("max"), pool("max", 3), dense(2)],
      undefined,
      '"network.layers[1]" expected a window within 2 × 2, got 3 × 3',
    ],
    [
      "a convolution behind a layer",
      [dense(3), conv(2), dense(2)],
      undefined,
      '"network.layers[1]" expected a fully connected layer behind another, got "conv"',
    ],
    ["no stride", [{ ...conv(2), stride: 0 } as LayerDescription, dense(2)], undefined, "layers[0].stride"],
    ["no window", [{ ...conv(2), kernel: 3 }, dense(2)], undefined, "layers[0].kernel"],
    ["no epsilon", [{ ...batchNorm(), epsilon: 0 }, dense(2)], undefined, "layers[0].epsilon"],
  ])("%s", (_, layers, input, message) => {
    expect(() => made(layers, input)).toThrow(message);
  });
  test("wrong arguments of the helpers", () => {
    expect(() => conv(0)).toThrow('"outputs"');
    expect(() => conv(1, { kernel: [2, 3] })).toThrow('"options.padding" expected a number');
    expect(() => conv(1, { kernel: 0 })).toThrow('"options.kernel"');
    expect(() => pool("min" as "max")).toThrow('"of" expected');
    expect(() => pool("max", 0)).toThrow('"size"');
    expect(() => batchNorm({ momentum: 2 })).toThrow('"options.momentum"');
    expect(() => dense(1.5)).toThrow('"outputs"');
  });
});
