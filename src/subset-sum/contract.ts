/** What all searches for subset sums share. */

/** Least residual; any subset within the tolerance; the fewest values within it, least residual among those. */
export type Objective = "nearest" | "any" | "fewest";

/** What a search ends with. "impossible" is proven, "gave up" is not. */
export type Status = "found" | "impossible" | "gave up";
