/** From the results of all jobs to rounds and tickets. */
import type {
  Control,
  ControlRole,
  Evaluation,
  JobResult,
  Protocol,
  Role,
  Round,
  Ticket,
} from "./contract.js";
import { countKept, fullMasks, layersOf, maskedParameters } from "./masks.js";
import { jobId } from "./plan.js";
import type { Settings } from "./settings.js";

/** Masks of the first trial by round, per layer; [] = everything kept. */
export type MasksByRound = readonly (readonly Uint32Array[])[];

/**
 * Means over the trials, round by round.
 *
 * @param settings  of the search
 * @param results  of all its jobs
 * @param masks  of the first trial: all trials keep as many weights
 */
export function roundsOf(
  settings: Settings,
  results: ReadonlyMap<string, JobResult>,
  masks: MasksByRound,
): Round[] {
  const { trials, protocol, controlRounds, controlRoles } = settings;
  const evaluations = (round: number, role: Role): Evaluation[] =>
    Array.from({ length: trials }, (_, trial) => {
      const result = results.get(jobId(trial, round, role)) as JobResult;
      return result.evaluation;
    });
  return Array.from({ length: settings.rounds + 1 }, (_, round) => {
    const layers = keptOf(protocol, masks[round]);
    const isMeasured = (role: ControlRole) => controlRounds.includes(round) && controlRoles.includes(role);
    const control = (role: ControlRole) => (isMeasured(role) ? meanOf(evaluations(round, role)) : null);
    return {
      round,
      density: densityOf(layers),
      layers,
      ...meanOf(evaluations(round, "ticket")),
      control: {
        reinitialised: control("reinitialised"),
        shuffled: control("shuffled"),
        ...(controlRoles.includes("signs") ? { signs: control("signs") } : {}),
      },
    };
  });
}

/**
 * The tickets of the first trial, round by round.
 *
 * @param settings  of the search
 * @param weightsOf  parameters of the first trial that a round's ticket starts from
 * @param masksByRound  of the first trial
 */
export function ticketsOf(
  settings: Settings,
  weightsOf: (round: number) => readonly Float32Array[],
  masksByRound: MasksByRound,
): Ticket[] {
  const { protocol } = settings;
  const { sizes, network } = protocol;
  const shape = network ?? sizes;
  return Array.from({ length: settings.rounds + 1 }, (_, round) => {
    const masks = masksByRound[round].length > 0 ? masksByRound[round] : fullMasks(shape);
    return {
      sizes,
      ...(network ? { network } : {}),
      trial: 0,
      round,
      density: densityOf(keptOf(protocol, masks)),
      masks,
      weights: maskedParameters(weightsOf(round), masks, shape),
    };
  });
}

function keptOf({ sizes, network }: Protocol, masks: readonly Uint32Array[]): Round["layers"] {
  return layersOf(network ?? sizes).map(({ name, rows, columns }, l) => {
    const size = rows * columns;
    return { name, kept: masks.length > 0 ? countKept(masks[l]) : size, size };
  });
}

function densityOf(layers: Round["layers"]): number {
  const sum = (key: "kept" | "size") => layers.reduce((total, layer) => total + layer[key], 0);
  return sum("kept") / sum("size");
}

function meanOf(trials: readonly Evaluation[]): Control {
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const stops = trials.map(({ earlyStopIteration }) => earlyStopIteration).filter((stop) => stop !== null);
  return {
    accuracy: mean(trials.map(({ accuracy }) => accuracy)),
    earlyStopIteration: stops.length === trials.length ? mean(stops) : null,
    trials,
  };
}
