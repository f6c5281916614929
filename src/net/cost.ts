/** What products cost, to choose among them. */
import { paddedBatch } from "../linalg/panels.js";
import type { FormatName } from "../sparse/contract.js";
import { COSTS } from "./cost-table.js";

/** How a layer multiplies: with all weights packed, or in a sparse format. */
export type KernelChoice = "dense" | FormatName;

/** Nanoseconds a stored weight on the machine the table was fitted on; only their ratios decide. */
export interface Cost {
  /** One sample. */
  readonly one: number;
  /** A full panel of 32 samples. */
  readonly panel: number;
  /** The last panel: this much, and `quad` for each 4 of its samples. */
  readonly start: number;
  readonly quad: number;
}

/**
 * How many weights a product reads, the zeros that its format stores included.
 *
 * @param kernel  how
 * @param rows  outputs
 * @param columns  inputs
 * @param kept  weights that the mask keeps
 */
export function storedWeights(kernel: KernelChoice, rows: number, columns: number, kept: number): number {
  if (kernel === "dense") return rows * columns;
  const pattern = /^(\d):(\d)$/.exec(kernel);
  return pattern ? rows * Math.ceil(columns / Number(pattern[2])) * Number(pattern[1]) : kept;
}

/**
 * The time of a product by the table.
 *
 * @param kernel  how
 * @param stored  weights that it reads, zeros that it stores included
 * @param batch  samples
 * @returns nanoseconds
 */
export function productCost(kernel: KernelChoice, stored: number, batch: number): number {
  const { one, panel, start, quad } = COSTS[kernel];
  const rest = batch % 32;
  const last = rest === 0 ? 0 : rest === 1 ? one : start + (quad * paddedBatch(rest)) / 4;
  return stored * (Math.floor(batch / 32) * panel + last);
}
