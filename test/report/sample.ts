import type { Control, Evaluation, Picture, ReportInput, Round } from "../../src/report/result.js";
import { Random } from "../harness/random.js";

const sizes = [784, 300, 100, 10];
const names = ["0.weight", "2.weight", "4.weight"];

/** A made-up search that behaves as the lottery-ticket paper says: ten rounds, controls at four densities. */
export function sample(trials = 3): ReportInput {
  const random = new Random(5);
  const noise = (scale: number) => random.uniform(1, -scale, scale)[0];
  const controlled = new Set([3, 5, 7, 9]);
  const rounds = Array.from({ length: 10 }, (_, index): Round => {
    const kept = [235_200, 30_000].map((size) => Math.round(size * 0.75 ** index));
    const last = Math.round(1000 * 0.87 ** index);
    const layers = [...kept, last].map((count, layer) => ({
      name: names[layer],
      kept: count,
      size: sizes[layer] * sizes[layer + 1],
    }));
    const density = layers.reduce((sum, layer) => sum + layer.kept, 0) / 266_200;
    const sparsity = Math.log(1 / density);
    const run = (error: number, stop: number | null) =>
      control(Array.from({ length: trials }, () => evaluation(error * (1 + noise(0.05)), stop, noise)));
    const ticket = run(
      0.021 - 0.0045 * Math.min(sparsity, 2) + 0.009 * Math.max(0, sparsity - 2),
      1300 / (1 + 0.8 * Math.min(sparsity, 1.6)) + 500 * Math.max(0, sparsity - 1.6),
    );
    const control3 = controlled.has(index);
    return {
      round: index,
      density,
      ...ticket,
      layers,
      control: {
        reinitialised: control3
          ? run(0.02 + 0.011 * sparsity, index < 8 ? 1400 + 500 * sparsity : null)
          : null,
        shuffled: control3 ? run(0.02 + 0.018 * sparsity, index < 6 ? 1400 + 750 * sparsity : null) : null,
      },
    };
  });
  const result = {
    method: "imp" as const,
    seed: 7,
    variant: "simd",
    version: "0.1.0",
    preset: "quick",
    data: "mnist",
    sizes,
    iterations: 3000,
    trials,
    settings: {
      rate: 0.25,
      "output-rate": 0.13,
      "train-size": 55_000,
      optimizer: "adam",
    },
    rounds,
    seconds: 372.4,
    ticketSha256: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    host: "Node 20.20.2, linux x64",
  };
  return {
    result,
    pictures: rounds
      .filter((_, index) => index % 3 === 0 || index === 5)
      .map(({ density }) => picture(density, random)),
  };
}

function control(trials: readonly Evaluation[]): Control {
  const mean = (values: number[]) => values.reduce((a, b) => a + b) / values.length;
  const stops = trials.flatMap(({ earlyStopIteration: stop }) => (stop === null ? [] : [stop]));
  const earlyStopIteration = stops.length === trials.length ? mean(stops) : null;
  return { accuracy: mean(trials.map((trial) => trial.accuracy)), earlyStopIteration, trials };
}

function evaluation(error: number, stop: number | null, noise: (scale: number) => number): Evaluation {
  const speed = stop ?? 4000;
  const history = Array.from({ length: 31 }, (_, index) => {
    const done = (100 * index) / speed;
    const now = (error + 0.9 * Math.exp(-5 * done ** 0.5) * (1 - Math.min(done, 1) / 4)) * (1 + noise(0.06));
    return {
      iteration: 100 * index,
      validationLoss: 3 * now + 0.02 * Math.max(0, done - 1),
      validationAccuracy: 1 - Math.min(0.9, now),
    };
  });
  const earlyStopIteration =
    stop === null ? null : Math.min(2900, Math.round((stop * (1 + noise(0.12))) / 100) * 100);
  return { accuracy: 1 - error, earlyStopIteration, earlyStopAccuracy: 1 - error * 1.05, history };
}

/** Strokes in the middle survive, the empty border goes first. */
function picture(density: number, random: Random): Picture {
  const distance = (pixel: number) => Math.hypot((pixel % 28) - 13.5, Math.floor(pixel / 28) - 13.5) / 14;
  const chance = (pixel: number) => density ** (0.4 + 1.4 * distance(pixel) ** 2);
  const uniform = () => random.uniform(1, 0, 1)[0];
  const features = Array.from({ length: 8 }, (_, neuron) => {
    const weights = Float32Array.from({ length: 784 }, (_, pixel) => {
      const wave = Math.sin((pixel % 28) / (2 + neuron / 2) + (neuron * Math.floor(pixel / 28)) / 9);
      return 0.2 * wave * Math.exp(-2 * distance(pixel) ** 2) + 0.05 * (uniform() - 0.5);
    });
    return {
      weights,
      mask: Uint8Array.from({ length: 784 }, (_, pixel) =>
        density === 1 || uniform() < chance(pixel) ? 1 : 0,
      ),
    };
  });
  const keptPerInput = Array.from({ length: 784 }, (_, pixel) =>
    density === 1 ? 300 : Math.round(300 * chance(pixel) * (0.85 + 0.3 * uniform())),
  );
  return { density, keptPerInput, features };
}
