/**
 * `npm run consumers`: packs the package, installs the archive into a fresh folder, and uses it from there as its users
 * do: compilers, bundlers, engines, pages and hosts with rules of their own. Each runs program.mjs with default options
 * to the hashes of every engine, in workers where the host has them, in the caller's thread where none starts. Prints a
 * table; ends with 1 when one fails. Words after `--` choose rows by their names.
 */
import { NODE_HOSTS } from "./consumers/node-hosts.mjs";
import { PAGE_HOSTS } from "./consumers/page-hosts.mjs";
import { installPacked, root, TIMEOUT_MS } from "./consumers/place.mjs";
import { README } from "./consumers/readme.mjs";
import { TYPES } from "./consumers/types.mjs";
import { verdict } from "./program.mjs";

process.chdir(root);

/** What work comes to in time; commands, which hold this thread, have their own limit. */
async function inTime(work) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no end within ${TIMEOUT_MS / 1000} s`)), TIMEOUT_MS);
  });
  try {
    return await Promise.race([work(), late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Whether a row came to what it should: the bytes, and by whose hands. */
function judged(found, hands) {
  if (found === undefined) return { ok: true, text: "skipped: not installed" };
  if (found === "fits") return { ok: true, text: found };
  if (found.cores)
    return { ok: found.cores >= hands, text: `${found.cores} cores at once, then ${found.then}` };
  const had = found.said.length === 0 ? "workers" : "thread";
  const bytes = verdict(found);
  if (bytes !== "same") return { ok: false, text: bytes };
  const where = had === "workers" ? "in workers" : "in the caller's thread, as it says";
  if (had === hands && found.said.length <= 1) return { ok: true, text: `same bytes, ${where}` };
  return { ok: false, text: `same bytes, ${where}, expected ${hands}: ${found.said.join("\n")}` };
}

const wanted = process.argv.slice(2).map((part) => part.toLowerCase());
const failures = [];
const archive = installPacked();
for (const [name, consume, hands] of [...TYPES, ...NODE_HOSTS, ...PAGE_HOSTS, ...README]) {
  if (wanted.length > 0 && !wanted.some((part) => name.toLowerCase().includes(part))) continue;
  const { ok, text } = await inTime(async () => judged(await consume(archive), hands)).catch((error) => {
    const said = [error.stdout, error.stderr, error.message].filter(Boolean).join("\n");
    return { ok: false, text: `failed: ${said}` };
  });
  if (!ok) failures.push(name);
  console.log(`${name.padEnd(26)} ${text}`);
}
if (failures.length > 0) console.error(`npm run consumers: ${failures.join(", ")}`);
// What a row that came too late still holds keeps no one waiting.
process.exit(failures.length > 0 ? 1 : 0);
