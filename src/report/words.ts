/** Numbers as text, the same on every host: nothing here asks for a locale. */

/** 12345.6 → "12,346". */
export const whole = (value: number): string =>
  Math.round(value)
    .toString()
    .replace(/\B(?=(\d{3})+$)/g, ",");

/** A density as the papers write it: 0.2107 → "21.1%", 1 → "100%", 0.0042 → "0.42%". */
export function density(share: number): string {
  const percent = 100 * share;
  if (percent >= 99.95) return "100%";
  return percent >= 0.95 ? `${percent.toFixed(1)}%` : `${percent.toPrecision(2)}%`;
}

/** 0.98214 → "98.21%". */
export const accuracy = (share: number): string => `${(100 * share).toFixed(2)}%`;

/** A difference of two shares: 0.0012 → "+0.12", with a true minus sign. */
export function points(difference: number): string {
  const text = Math.abs(100 * difference).toFixed(2);
  if (Number(text) === 0) return "±0.00";
  return `${difference < 0 ? "−" : "+"}${text}`;
}

/** An iteration, or that there is none. */
export const stop = (iteration: number | null): string =>
  iteration === null ? "not reached" : whole(iteration);

/** 372 → "6 min 12 s". */
export function duration(seconds: number): string {
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  const rounded = Math.round(seconds);
  const [hours, minutes, rest] = [Math.floor(rounded / 3600), Math.floor(rounded / 60) % 60, rounded % 60];
  return hours > 0 ? `${hours} h ${minutes} min` : `${minutes} min ${rest} s`;
}

/** The name of a method in a sentence. */
export const methodName = (method: string): string =>
  ({
    imp: "iterative magnitude pruning",
    "one-shot": "one-shot magnitude pruning",
    "edge-popup": "edge-popup, weights untrained",
    random: "pruning at random before training",
    magnitude: "magnitude pruning before training",
    snip: "SNIP before training",
    grasp: "GraSP before training",
    synflow: "SynFlow before training",
    rigl: "RigL, masks that move while training",
    gradual: "gradual magnitude pruning while training",
    static: "random masks that stay",
  })[method] ?? method;
