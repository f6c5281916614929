/** Which networks a search trains, in which order of urgency, and what each starts from. */
import { checkInteger, checkOneOf } from "../check.js";
import type { BeforeTraining, Job, JobResult, Role, SearchMethod, WhileTraining } from "./contract.js";
import { keptAfter } from "./masks.js";
import type { Settings } from "./settings.js";

/** A job before it is known what it starts from. */
export interface Slot {
  readonly id: string;
  readonly trial: number;
  readonly round: number;
  readonly role: Role;
  /** The job whose result gives its masks; absent where they need none. */
  readonly needs?: string;
}

/** Added to a trial's seed for its reinitialised control; trials, which count on from the seed, stay below. */
export const REINITIALISED_SEED_OFFSET = 1_000_000;

const ROLES = ["ticket", "reinitialised", "shuffled", "signs"] as const;

/**
 * The id of a job: unique in a search.
 *
 * @param trial  from 0
 * @param round  from 0, the dense one
 * @param role  what it is for
 * @throws {ArgumentTypeError | ArgumentRangeError} when there is no such job
 */
export function jobId(trial: number, round: number, role: Role): string {
  checkInteger("trial", trial);
  checkInteger("round", round);
  checkOneOf("role", role, ROLES);
  return `trial-${trial}/round-${String(round).padStart(2, "0")}/${role}`;
}

/** Whether masks need no training beyond the step that tickets are rewound to. */
export const isBeforeTraining = (method: SearchMethod): method is BeforeTraining =>
  method !== "imp" && method !== "one-shot" && !isFoundOnTheWay(method);

/** Whether masks come about while weights are trained. */
const isWhileTraining = (method: SearchMethod): method is WhileTraining =>
  method === "rigl" || method === "gradual" || method === "static";

/** Whether a round's ticket is what finds its masks: no other job has to be done before, and all of it from step 0. */
export const isFoundOnTheWay = (method: SearchMethod): method is WhileTraining | "edge-popup" =>
  method === "edge-popup" || isWhileTraining(method);

/**
 * All jobs, the most urgent first: tickets by round, because the next round waits for them, then controls,
 * which nothing waits for.
 *
 * @param settings  of the search
 */
export function slotsOf(settings: Settings): Slot[] {
  const slots: Slot[] = [];
  const { method, protocol } = settings;
  const masksFrom = (trial: number, round: number, role: Role): string | undefined => {
    if (round === 0) return undefined;
    if (isFoundOnTheWay(method)) return role === "ticket" ? undefined : jobId(trial, round, "ticket");
    if (isBeforeTraining(method) && protocol.rewindTo === 0) return undefined;
    return jobId(trial, method === "imp" ? round - 1 : 0, "ticket");
  };
  const add = (trial: number, round: number, role: Role) => {
    const needs = masksFrom(trial, round, role);
    slots.push({ id: jobId(trial, round, role), trial, round, role, needs });
  };
  const trials = Array.from({ length: settings.trials }, (_, trial) => trial);
  for (let round = 0; round <= settings.rounds; round++)
    for (const trial of trials) add(trial, round, "ticket");
  for (const round of settings.controlRounds) {
    for (const trial of trials) {
      for (const role of settings.controlRoles) add(trial, round, role);
    }
  }
  return slots;
}

/**
 * A job ready to run.
 *
 * @param slot  which one
 * @param masks  of its round
 * @param settings  of the search
 * @param dense  the result of its trial's dense round; absent when it is that one
 */
export function jobOf(
  slot: Slot,
  masks: readonly Uint32Array[],
  settings: Settings,
  dense: JobResult | undefined,
): Job {
  const { id, trial, round, role } = slot;
  const isNew = role === "reinitialised";
  const seed = settings.seed + trial + (isNew ? REINITIALISED_SEED_OFFSET : 0);
  const { method, protocol } = settings;
  const { network, sizes, rates } = protocol;
  const isFrozen = method === "edge-popup" && round > 0;
  const finds = isFoundOnTheWay(method) && round > 0 && role === "ticket";
  const kept = finds ? keptAfter(network ?? sizes, rates, round) : [];
  const moving = finds && isWhileTraining(method) ? { moving: method } : {};
  const start = isNew ? [] : (dense?.rewound ?? []);
  return { id, trial, round, role, seed, masks, start, isFrozen, kept, ...moving };
}
