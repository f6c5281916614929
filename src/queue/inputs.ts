/** What tasks share, stored once by the hash of its bytes: samples, protocols, inverse Hessians. */
import { FormatError } from "../errors.js";
import type { Database } from "./database.js";
import { sha256 } from "./identity.js";
import { SCHEMA } from "./schema.js";

/** Bytes of a part: a statement stays small beside what a database takes, whatever is stored. */
const PART = 8 * 2 ** 20;

/**
 * Stores bytes, unless they are there.
 *
 * @param database  ours
 * @param bytes  any number
 * @returns their hash
 */
export async function putInput(database: Database, bytes: Uint8Array): Promise<string> {
  const hash = sha256(bytes);
  const parts = Math.max(1, Math.ceil(bytes.length / PART));
  const there = await database.query<{ part: number }>(
    `UPDATE ${SCHEMA}.input SET used_on = now() WHERE sha256 = $1 RETURNING part`,
    [hash],
  );
  const known = new Set(there.rows.map(({ part }) => part));
  for (let part = 0; part < parts; part++) {
    if (known.has(part)) continue;
    const slice = bytes.subarray(part * PART, (part + 1) * PART);
    await database.query(
      `INSERT INTO ${SCHEMA}.input (sha256, part, parts, bytes) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING`,
      [hash, part, parts, slice],
    );
  }
  return hash;
}

/**
 * The bytes again.
 *
 * @param database  ours
 * @param hash  theirs
 * @throws {FormatError} when they are not there, or others
 */
export async function getInput(database: Database, hash: string): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for (let [part, count] = [0, 1]; part < count; part++) {
    const { rows } = await database.query<{ parts: number; bytes: Uint8Array }>(
      `SELECT parts, bytes FROM ${SCHEMA}.input WHERE sha256 = $1 AND part = $2`,
      [hash, part],
    );
    if (rows.length === 0)
      throw new FormatError(`"setup" of a queue expected ${hash.slice(0, 12)}…, got nothing`);
    count = rows[0].parts;
    parts.push(rows[0].bytes);
  }
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  const found = sha256(bytes);
  if (found === hash) return bytes;
  throw new FormatError(`"setup" of a queue expected ${hash.slice(0, 12)}…, got ${found.slice(0, 12)}…`);
}
