/** What page and worker say to each other: tasks with an argument, events while they run, and a result. */
import type { FindEvent, FindOptions, FindResult, Reading } from "./find/contract.js";
import type { PruneEvent, PruneMethod, PruneSettings } from "./prune/contract.js";
import type { RaceEvent, RaceResult, RaceSettings } from "./race/contract.js";
import type { StrongEvent, StrongResult, StrongSettings, WeightSum } from "./strong/contract.js";

/** Tasks by name. */
export interface Tasks {
  /** A test digit: 784 bytes and its label. */
  digit: { argument: number; event: never; result: { pixels: Uint8Array; label: number } };
  find: { argument: FindOptions; event: FindEvent; result: FindResult };
  /** What the networks of the search make of a picture of 784 numbers from 0 to 1. */
  read: { argument: { pixels: Float32Array; round: number }; event: never; result: Reading };
  prune: { argument: PruneSettings; event: PruneEvent; result: { seconds: number } };
  /** Prunes the network to a step of the slider, by some methods. */
  measure: {
    argument: { step: number; methods: readonly PruneMethod[] };
    event: PruneEvent;
    result: undefined;
  };
  strong: { argument: StrongSettings; event: StrongEvent; result: StrongResult };
  weight: { argument: { layer: number; row: number; column: number }; event: never; result: WeightSum };
  race: { argument: RaceSettings; event: RaceEvent; result: RaceResult };
}

export type TaskName = keyof Tasks;

/** What a task is given beside its argument. */
export interface Hooks<Name extends TaskName> {
  readonly signal: AbortSignal;
  emit(event: Tasks[Name]["event"]): void;
}

/** Does the tasks of one name. */
export type Handler<Name extends TaskName> = (
  argument: Tasks[Name]["argument"],
  hooks: Hooks<Name>,
) => Promise<Tasks[Name]["result"]>;

/** From the page: a task, or the end of one. */
export type ToWorker =
  | { readonly id: number; readonly task: TaskName; readonly argument: unknown }
  | { readonly id: number; readonly stop: true };

/** From the worker. */
export type FromWorker =
  | { readonly id: number; readonly event: unknown }
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly error: string; readonly stopped: boolean };
