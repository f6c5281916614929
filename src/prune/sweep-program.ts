/** What a worker of exact OBS does: opens a core with the inverse Hessian in it, then sweeps rows. */
import { open } from "../open.js";
import type { Program } from "../runtime/serve.js";
import { solversOf } from "../runtime/solvers.js";
import { pacer } from "../runtime/turn.js";
import type { Variant } from "../runtime/variant.js";
import type { WorkDone } from "./contract.js";

/** Given to a worker once. */
export interface SweepSetup {
  readonly variant: Variant;
  /** Inputs of the layer that are alive. */
  readonly columns: number;
  /** The inverse of the damped Hessian as f32_obs_pack leaves it. */
  readonly inverse: Float32Array;
  /** The diagonal of the damped Hessian. */
  readonly diagonal: Float32Array;
  /** Columns that go together; M and M − N of N:M, or 0 and 0 (assembly/prune/obs-sweep.ts). */
  readonly unit: number;
  readonly group: number;
  readonly quota: number;
}

/** Rows to sweep: rows × columns, one after the other. */
export interface SweepTask {
  readonly weights: Float32Array;
}

/** For each row, the columns (first ones of their units) in the order in which they go, and what each costs. */
export interface Swept {
  readonly order: Uint32Array;
  readonly loss: Float32Array;
}

/** Removals of a row. */
export const removalsPerRow = ({ columns, unit, group, quota }: SweepSetup): number =>
  group > 0 ? (columns / group) * quota : columns / unit;

/** The program of a worker, and of the caller's thread where there is none. */
export const program: Program<SweepSetup, SweepTask, Swept, WorkDone> = async (setup) => {
  const { columns, unit, group, quota } = setup;
  const core = await open({ variant: setup.variant });
  const padded = Math.ceil(columns / 8) * 8;
  const removals = removalsPerRow(setup);
  const inverse = core.allocate(setup.inverse.byteLength);
  const diagonal = core.allocate(4 * columns);
  const weights = core.allocate(4 * columns);
  const order = core.allocate(4 * removals);
  const loss = core.allocate(4 * removals);
  const scratch = core.allocate(2 * padded * (padded + 8) + (148 + 4 * unit) * padded + 16_640);
  core.f32(inverse, setup.inverse.length).set(setup.inverse);
  core.f32(diagonal, columns).set(setup.diagonal);

  return async (task, { signal, onProgress }) => {
    const total = task.weights.length / columns;
    const swept: Swept = {
      order: new Uint32Array(total * removals),
      loss: new Float32Array(total * removals),
    };
    let done = 0;
    const turn = pacer(signal, () => onProgress?.({ done, total }));
    for (; done < total; done++) {
      await turn();
      core.f32(weights, columns).set(task.weights.subarray(done * columns, (done + 1) * columns));
      solversOf(core).f32_obs_sweep(
        ...([columns, inverse, diagonal, weights, unit, group, quota, order, loss, scratch] as const),
      );
      swept.order.set(core.u32(order, removals), done * removals);
      swept.loss.set(core.f32(loss, removals), done * removals);
    }
    return swept;
  };
};
