/**
 * What every engine and every consumer of the package runs: a search for tickets, exact OBS on a layer, a masked
 * layer, subset sums. Plain JavaScript that imports nothing, so that it can be copied and bundled as it is.
 */

/** What it comes to on the variant `simd`, wherever it runs and with any number of workers. */
export const EXPECTED = {
  ticket: "aeefb45ed5da6fd8d08ab1c775543f0c41d01830d6bd427e20281a5da4503eec",
  pruned: "6c1953ff96bec489c7204db37b02b0f0aae10f6401fdb18f75f39e90aac8ee19",
  masked: "eb7da7460a3923f441f88d603ce7a7ce921d7c653d50990def6758f458a394e6",
  sums: "ed77536c62b02fb1751dba53258325e7fa4d6bef02fcddb0ff2add984ac96b5f",
};

/** What `modelHash` comes to on the variant `simd`, wherever it runs. */
export const EXPECTED_MODEL = "179e959621b724aa343e703a439b1f1c50dfc7774f7c19f14186ecd17950bcb7";

/** Numbers in [0, 1), the same everywhere: mulberry32. */
function numbers(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

async function hashOf(arrays) {
  const bytes = await new Blob(arrays.map((array) => array.slice())).arrayBuffer();
  const digest = await crypto.subtle.digest("SHA-256", bytes);
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function labelled(count, seed) {
  const next = numbers(seed);
  const labels = Uint8Array.from({ length: count }, () => 4 * next());
  const level = (i) => (i % 4 === labels[Math.floor(i / 36)] ? 256 : 160);
  return { inputs: Uint8Array.from({ length: count * 36 }, (_, i) => level(i) * next()), labels };
}

async function ticket({ searchTickets }, workers) {
  const [train, validation, test] = [labelled(300, 1), labelled(100, 2), labelled(100, 3)];
  const samples = { features: 36, classes: 4, train, validation, test };
  const protocol = { sizes: [36, 40, 20, 4], iterations: 60, batch: 30, rewindTo: 5 };
  const found = await searchTickets(samples, { rounds: 2, seed: 5, protocol, workers });
  return hashOf(found.tickets.flatMap(({ masks, weights }) => [...masks, ...weights]));
}

async function pruned({ network, prune }, core, workers) {
  const net = network(core, [64, 24, 8], { seed: 3 });
  const next = numbers(4);
  const calibration = Float32Array.from({ length: 200 * 64 }, next);
  await prune(net, { method: "exact-obs", sparsity: 0.7, calibration, workers });
  return hashOf(net.layers.map(({ weights }) => weights.toArray()));
}

async function masked({ linear }, core) {
  const next = numbers(6);
  const [inputs, outputs, batch] = [50, 30, 40];
  const bits = Uint8Array.from({ length: outputs * inputs }, () => Number(next() < 0.2));
  const weights = Float32Array.from(bits, () => next() - 0.5);
  const mask = core.mask(outputs, inputs, bits);
  const layer = linear(core, weights, { inputs, outputs, mask, relu: true });
  return hashOf([layer.forward(Float32Array.from({ length: batch * inputs }, next))]);
}

async function sums({ searchSubsetSums }, core, workers) {
  const next = numbers(8);
  const pool = Float64Array.from({ length: 18 }, () => 2 * next() - 1);
  const targets = Float64Array.from({ length: 500 }, () => next());
  const found = await searchSubsetSums(core, pool, targets, { workers });
  return hashOf([found.masks, found.sums]);
}

/** The hashes, by the names of `EXPECTED`, with the package's exports `api`. */
export async function hashes(api, workers) {
  const core = await api.open();
  try {
    return {
      ticket: await ticket(api, workers),
      pruned: await pruned(api, core, workers),
      masked: await masked(api, core),
      sums: await sums(api, core, workers),
    };
  } finally {
    core.dispose();
  }
}

/** A picture through convolutions, dense, sparse and depthwise, a residual, a product and functions of one number. */
function smallModel() {
  const next = numbers(9);
  const constant = (shape, density = 1) => {
    const count = shape.reduce((product, size) => product * size, 1);
    const data = Float32Array.from({ length: count }, () => (next() < density ? next() - 0.5 : 0));
    return { dtype: "f32", shape, data };
  };
  const constants = new Map([
    ["stem", constant([8, 3, 3, 3])],
    ["deep", constant([8, 1, 3, 3])],
    ["sparse", constant([8, 8, 1, 1], 0.2)],
    ["dense", constant([8, 10])],
  ]);
  const nodes = [];
  const node = (op, inputs, attributes = {}) => {
    const name = `${op}${nodes.length}`;
    nodes.push({ name, op, inputs, outputs: [name], attributes });
    return name;
  };
  const stem = node("HardSwish", [node("Conv", ["x", "stem"], { strides: [2, 2], pads: [1, 1, 1, 1] })]);
  const deep = node("Relu", [node("Conv", [stem, "deep"], { group: 8, pads: [1, 1, 1, 1] })]);
  const sum = node("Add", [node("Conv", [deep, "sparse"]), stem]);
  const mean = node("Flatten", [node("GlobalAveragePool", [node("Gelu", [node("Tanh", [sum])])])]);
  const scores = node("Softmax", [node("MatMul", [node("Sigmoid", [mean]), "dense"])], { axis: 1 });
  return {
    inputs: [{ name: "x", dtype: "f32", shape: ["N", 3, 23, 21] }],
    outputs: [sum, scores],
    nodes,
    constants,
  };
}

/** The outputs of a small model at two batch sizes, with the exports of `golden-ticket/models` as `models`. */
export async function modelHash(api, models) {
  const core = await api.open();
  try {
    const net = models.model(core, smallModel());
    const next = numbers(10);
    return await hashOf(
      [1, 3].flatMap((batch) => {
        const data = Float32Array.from({ length: batch * 3 * 23 * 21 }, next);
        const outputs = net.run({ x: { shape: [batch, 3, 23, 21], data } });
        return Object.values(outputs).map((output) => output.data);
      }),
    );
  } finally {
    core.dispose();
  }
}

/**
 * The hashes, and what was said meanwhile: that the work was done in the caller's thread, where no worker starts. With
 * `workers` left out, as a program does that asks for nothing.
 */
export async function observed(api, workers) {
  const { warn } = console;
  const said = [];
  console.warn = (text) => said.push(text);
  try {
    return { ...(await hashes(api, workers)), said };
  } finally {
    console.warn = warn;
  }
}

/** Whether hashes are the expected ones: "same", or what differs. */
export function verdict(found, expected = EXPECTED) {
  const wrong = Object.keys(expected).filter((name) => found[name] !== expected[name]);
  return wrong.length === 0 ? "same" : wrong.map((name) => `${name} ${found[name]}`).join(", ");
}
