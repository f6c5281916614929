/** Where a long work stands, on one line of the terminal. */
import type { Progress } from "../index.js";
import { accuracy } from "../report/words.js";

/** A line that is drawn again and again. */
export interface Bar {
  /** @param workers  of a queue, that are there */
  update(progress: Progress, workers?: number): void;
  /** Wipes it away. */
  end(): void;
}

const REDRAW_MS = 100;
const CELLS = 24;

/**
 * A bar on stderr; nothing when that is no terminal.
 *
 * @param stream  where to draw
 * @param now  a clock in ms
 */
export function bar(stream: NodeJS.WriteStream = process.stderr, now: () => number = Date.now): Bar {
  if (!stream.isTTY) return { update() {}, end() {} };
  const started = now();
  let first: Progress | undefined;
  let drawn = Number.NEGATIVE_INFINITY;
  return {
    update(progress, workers) {
      first ??= progress;
      if (now() - drawn < REDRAW_MS) return;
      drawn = now();
      const line = lineOf(progress, first.stepsDone, (drawn - started) / 1000, workers);
      const cut = [...line].slice(0, Math.max(1, (stream.columns || 80) - 1)).join("");
      stream.write(`\r\x1b[K${process.env.NO_COLOR ? cut : cut.replace(/█+/, "\x1b[33m$&\x1b[39m")}`);
    },
    end() {
      if (first) stream.write("\r\x1b[K");
    },
  };
}

/** How far one of several stages is. */
export interface Stage {
  readonly stage: string;
  /** From 0. */
  readonly layer?: number;
  readonly layers?: number;
  readonly done: number;
  readonly total: number;
  /** Of the whole work, from 0 to 1, where that is known: then the time left is. */
  readonly share?: number;
}

/**
 * Stage, layer, percentage and time left on stderr; nothing when that is no terminal.
 *
 * @param stream  where to draw
 * @param now  a clock in ms
 */
export function stageLine(
  stream: NodeJS.WriteStream = process.stderr,
  now: () => number = () => performance.now(),
): {
  update(stage: Stage): void;
  end(): void;
} {
  if (!stream.isTTY) return { update() {}, end() {} };
  let drawn = Number.NEGATIVE_INFINITY;
  let first: { readonly share: number; readonly at: number } | undefined;
  return {
    update({ stage, layer, layers, done, total, share }) {
      if (share !== undefined) first ??= { share, at: now() };
      if (now() - drawn < REDRAW_MS) return;
      drawn = now();
      const where = layer === undefined ? "" : ` layer ${layer + 1}/${layers}`;
      const percent = `${Math.floor((100 * done) / Math.max(1, total))}%`;
      const seconds =
        first && share !== undefined && share > first.share
          ? ((drawn - first.at) * (1 - share)) / (share - first.share) / 1000
          : undefined;
      const left = seconds === undefined ? "" : `  ${clock(seconds)} left`;
      stream.write(`\r\x1b[K${stage}${where}  ${percent}${left}`);
    },
    end: () => void stream.write("\r\x1b[K"),
  };
}

/** `before`: steps that were done when this process began. */
function lineOf(progress: Progress, before: number, seconds: number, workers?: number): string {
  const { stepsDone, steps, jobsDone, jobs, job, validationAccuracy } = progress;
  const share = steps > 0 ? stepsDone / steps : 1;
  const filled = Math.round(share * CELLS);
  const done = stepsDone - before;
  const left = done > 0 ? `${clock((seconds * (steps - stepsDone)) / done)} left` : "";
  const looked = validationAccuracy === undefined ? "" : `validation ${accuracy(validationAccuracy)}`;
  return [
    `${"█".repeat(filled)}${"░".repeat(CELLS - filled)} ${String(Math.floor(100 * share)).padStart(3)}%`,
    `${jobsDone}/${jobs}`,
    workers === undefined ? "" : `${workers} ${workers === 1 ? "worker" : "workers"}`,
    job.replaceAll("/", " ").replaceAll("-", " "),
    looked,
    clock(seconds),
    left,
  ]
    .filter(Boolean)
    .join("  ");
}

/** 75.2 s → "1:15"; 3725 s → "1:02:05". */
function clock(seconds: number): string {
  const whole = Math.round(seconds);
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (value: number) => String(value).padStart(2, "0");
  return hours > 0 ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}
