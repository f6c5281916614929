import { tiledProduct } from "../../src/demo/race/tiled.js";
import type { Prepared } from "../measure.js";
import type { Dense } from "./dense.js";

export function denseJsTuned(dense: Dense): Prepared {
  const { run, output } = tiledProduct(dense);
  return { run, output: () => output };
}
