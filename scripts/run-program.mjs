/** Runs program.mjs on dist/ and prints its hashes, for engines that are a command. */
import * as api from "../dist/index.js";
import { hashes } from "./program.mjs";

console.log(JSON.stringify(await hashes(api, 0)));
