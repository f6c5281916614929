/** What `strong-ticket` is asked to do. */
import {
  CONSTRUCTIONS,
  type Domain,
  type Objective,
  type StrongTicketOptions,
  type Variant,
} from "../index.js";
import type { Model } from "../io/index.js";
import { type Begun, resuming, sha256 } from "./checkpoint.js";
import { common, order, variant } from "./command.js";
import { force } from "./files.js";
import { modelParts } from "./model-file.js";
import { choice, file, type Given, integer, number, refusal } from "./options.js";
import { domainOf } from "./ticket-samples.js";

/** The options of the command. */
export const specs = {
  out: file("FILE", "where the ticket goes, .safetensors"),
  force,
  order,
  construction: choice("the paper it is from: Malach, Orseau, Pensia. Default subset-sum", ...CONSTRUCTIONS),
  epsilon: number("E", "the most that a weight may be off", 1e-30, 1e30),
  delta: number("D", "chance of a draw that fails, for malach and orseau. Default 0.01", 1e-30, 1),
  objective: choice(
    "how subset-sum looks for each weight. Default nearest",
    ...(["nearest", "any", "fewest"] satisfies Objective[]),
  ),
  pool: integer("N", "neurons of subset-sum for each input and sign. Default by epsilon", 1, 24),
  low: number("X", "inputs are from X on. Default 0, which needs half of the neurons", -1e30, 1e30),
  high: number("X", "up to X. Default 1", -1e30, 1e30),
  radius: number("R", "instead of low and high: inputs in a ball", 0, 1e30),
  inputs: file("FILE[:TENSOR]", "samples to compare both on. Default 10,000 random ones"),
  ...resuming,
  seed: integer("N", "of the random network. Default 0", 0, Number.MAX_SAFE_INTEGER),
  workers: integer(
    "N",
    "threads beside this one, for subset-sum, 0 = none. Default all cores where it pays; the result is the same",
    0,
    1024,
  ),
  variant,
  ...common,
};

/** As given. */
export type TicketOptions = Given<typeof specs>;

/** How to build. */
export type Plan = StrongTicketOptions & { readonly domain: Domain };

/**
 * How to build what was asked for; throws a UsageError at the first option that does not fit.
 *
 * @param given  options
 */
export function planOf(given: TicketOptions): Plan {
  const { construction = "subset-sum", epsilon, delta, objective, pool, seed, workers } = given;
  if (epsilon === undefined) throw refusal("--epsilon", "the most that a weight may be off", "nothing");
  for (const option of ["objective", "pool"] as const) {
    if (given[option] !== undefined && construction !== "subset-sum") {
      throw refusal(`--${option}`, "--construction subset-sum", construction);
    }
  }
  return {
    ...{ construction, epsilon, domain: domainOf(given) },
    ...{ delta, objective, pool, seed },
    workers: construction === "subset-sum" ? workers : undefined,
  };
}

/**
 * What the ticket depends on.
 *
 * @param model  the target
 * @param given  options
 * @param variant  that runs
 */
export function begunOf(model: Model, given: TicketOptions, variant: Variant): Begun {
  const { construction = "subset-sum", epsilon, delta, objective, pool, low, high, radius, seed = 0 } = given;
  return {
    command: "strong-ticket",
    options: { construction, epsilon, delta, objective, pool, low, high, radius, seed, variant },
    inputs: sha256(modelParts(model)),
  };
}
