/** All criteria: the CLI and the tests run over the table. */
import type { Criterion } from "./contract.js";
import { diagonalFisher } from "./diagonal-fisher.js";
import { firstOrder } from "./first-order.js";
import { grasp } from "./grasp.js";
import { magnitude } from "./magnitude.js";
import { obd } from "./obd.js";
import { random } from "./random.js";
import { snip } from "./snip.js";
import { synflow } from "./synflow.js";
import { wanda } from "./wanda.js";

/** Each under its name. */
export const CRITERIA = {
  magnitude,
  random,
  "first-order": firstOrder,
  wanda,
  obd,
  "diagonal-fisher": diagonalFisher,
  snip,
  grasp,
  synflow,
} satisfies Record<string, Criterion>;

/** A name of a criterion. */
export type CriterionName = keyof typeof CRITERIA;
