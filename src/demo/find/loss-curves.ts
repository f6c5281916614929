/** Validation losses of all training runs so far, the one that runs set off. */
import * as Plot from "@observablehq/plot";
import { draw } from "../../report/chart.js";
import type { Markup } from "../../report/markup.js";
import type { Evaluation } from "../../report/result.js";
import { legend, looks } from "../../report/series.js";
import { whole } from "../../report/words.js";
import { half } from "../plot.js";
import type { JobName, Look } from "./contract.js";

/** Collects losses and draws them. */
export class LossCurves {
  #finished: { readonly role: JobName["role"]; readonly looks: readonly Look[] }[] = [];
  #running: Look[] = [];
  #job: JobName | undefined;

  /** Forgets everything. */
  clear(): void {
    this.#finished = [];
    this.#running = [];
    this.#job = undefined;
  }

  /** A run is at work, and may have looked at its loss. */
  look(job: JobName, look: Look | undefined): void {
    if (job.round !== this.#job?.round || job.role !== this.#job.role) this.#running = [];
    this.#job = job;
    if (look && look.iteration !== this.#running.at(-1)?.iteration) this.#running.push(look);
  }

  /** A run has ended. */
  finish({ role }: JobName, history: Evaluation["history"]): void {
    const points = history.map(({ iteration, validationLoss }) => ({ iteration, loss: validationLoss }));
    this.#finished.push({ role, looks: points });
    this.#running = points;
  }

  /** Nothing is at work any more: no run is set off. */
  end(): void {
    this.#running = [];
    this.#job = undefined;
  }

  /** The names of what is drawn. */
  legend(): Markup {
    const roles = (["ticket", "reinitialised", "shuffled"] as const).filter(
      (role) => role === this.#job?.role || this.#finished.some((run) => run.role === role),
    );
    return legend(roles);
  }

  /** Runs of tickets and controls in their colours, faint but for the one at work. */
  draw(): Markup {
    const line = { x: "iteration", y: "loss" } as const;
    const newest = this.#running.at(-1);
    const name = this.#job ? `${looks[this.#job.role].label}, round ${this.#job.round}` : "All runs";
    const value = newest ? `: ${newest.loss.toFixed(3)} at step ${whole(newest.iteration)}` : "";
    const all = [...this.#finished.flatMap((run) => run.looks), ...this.#running].map(({ loss }) => loss);
    const domain = [Math.min(0.5, ...all) / 1.05, Math.max(0.5, ...all) * 1.05];
    const ticks = [0.05, 0.1, 0.2, 0.5, 1, 2, 5].filter((tick) => tick >= domain[0] && tick <= domain[1]);
    const current = this.#job ? looks[this.#job.role].colour : "var(--ticket)";
    return draw(`Loss on the validation digits. ${name}${value}`, {
      ...half,
      ...{ marginLeft: 40, marginRight: 12, marginTop: 20, marginBottom: 26 },
      x: { label: null },
      y: { type: "log", domain, label: null },
      marks: [
        Plot.gridY(ticks, { stroke: "var(--grid)", strokeOpacity: 1 }),
        Plot.axisY(ticks, { tickSize: 0, tickFormat: String, label: null }),
        Plot.axisX({ ticks: 5, tickSize: 4, tickFormat: whole, label: null }),
        this.#finished.map(({ role, looks: points }) =>
          Plot.line(points, { ...line, stroke: looks[role].colour, strokeOpacity: 0.3, strokeWidth: 1 }),
        ),
        Plot.line(this.#running, { ...line, stroke: current, strokeWidth: 2.2 }),
        Plot.dot(newest ? [newest] : [], { ...line, r: 4, fill: current, stroke: "var(--paper)" }),
        Plot.text([`${name}${value}`], { frameAnchor: "top-right", dy: -14, fill: "var(--muted)" }),
      ],
    });
  }
}
