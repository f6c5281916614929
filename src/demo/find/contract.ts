/** What finding a ticket takes and tells. */
import type { Evaluation, Picture, Round } from "../../report/result.js";
import type { Recipe } from "../laboratory.js";

/** How to search. */
export interface FindOptions extends Recipe {
  readonly rounds: number;
  /** Share of the kept weights pruned after a round. */
  readonly rate: number;
  /** Whether each pruned round is trained from other weights and with shuffled masks too. */
  readonly controls: boolean;
}

/** Where a search is. */
export type FindEvent =
  | {
      readonly kind: "step";
      readonly job: JobName;
      readonly done: number;
      readonly of: number;
      readonly look?: Look;
    }
  | {
      readonly kind: "job";
      readonly job: JobName;
      readonly density: number;
      readonly layers: Round["layers"];
      readonly evaluation: Evaluation;
      /** Of a ticket. */
      readonly picture?: Picture;
    };

/** A training run of the search. */
export interface JobName {
  readonly round: number;
  readonly role: "ticket" | "reinitialised" | "shuffled";
}

/** One look at the validation digits. */
export interface Look {
  readonly iteration: number;
  readonly loss: number;
}

/** What was found. */
export interface FindResult {
  /** The round to keep. */
  readonly round: number;
  readonly density: number;
  /** Of the ticket's file; undefined where the page's address is not secure and the browser has no SHA-256. */
  readonly sha256: string | undefined;
  /** The ticket as safetensors. */
  readonly file: Uint8Array;
}

/** What two networks make of a picture: one logit a class. */
export interface Reading {
  readonly dense: Float32Array;
  readonly ticket: Float32Array;
  readonly density: number;
}
