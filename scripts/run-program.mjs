/** Runs program.mjs on dist/ and prints its hashes, for engines that are a command. */

import * as models from "../dist/graph/index.js";
import * as api from "../dist/index.js";
import { hashes, modelHash } from "./program.mjs";

console.log(JSON.stringify({ ...(await hashes(api, 0)), model: await modelHash(api, models) }));
