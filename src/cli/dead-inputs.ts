/** What the samples of a pruning never show: inputs that are 0 in all of them. */
import { printable } from "./shell.js";

/** A layer and what is known of its inputs. */
interface Seen {
  readonly name: string;
  /** All of them. */
  readonly inputs: number;
  /** Those that are 0 in all samples; null without samples. */
  readonly dead: number | null;
}

/** Above it, the samples tell too little of a layer. */
const MOST = 0.1;

/**
 * @param layers  that were pruned
 * @param share  of dead inputs over all of them; undefined without samples
 * @returns a sentence of the share, and a warning with the layers that have more than a tenth; none where nobody knows
 */
export function deadInputLines(layers: readonly Seen[], share: number | undefined): string[] {
  if (share === undefined) return [];
  const warning = deadInputWarning(layers);
  return [`Inputs that are 0 in all samples: ${percent(share)}.\n`, ...(warning ? [`${warning}\n`] : [])];
}

/** @returns what to be warned of; undefined when no layer has more dead inputs than a tenth */
export function deadInputWarning(layers: readonly Seen[]): string | undefined {
  const blind = layers.filter(({ inputs, dead }) => dead !== null && dead > MOST * inputs);
  if (blind.length === 0) return undefined;
  const named = blind.slice(0, 5).map(({ name, inputs, dead }) => `${printable(name)} ${dead} of ${inputs}`);
  const list = `${named.join(", ")}${blind.length > 5 ? ", …" : ""}`;
  const where = `more than a tenth of the inputs (${list})`;
  return `Warning: the samples never show ${where}: errors where they occur are unknown.`;
}

const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
