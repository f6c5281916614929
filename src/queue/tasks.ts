/**
 * The life of a task in the database. It waits and runs as a job of pg-boss, and leaves pg-boss when its result or its
 * failure stands in our table: whatever is cut between two statements is found and done again.
 */
import type { Failure } from "../runtime/message.js";
import { BOSS_SCHEMA, type Database } from "./database.js";
import { sha256 } from "./identity.js";
import { doneChannel, queueOf, SCHEMA, WORK_CHANNEL } from "./schema.js";

/** A task to be queued. */
export interface NewTask {
  readonly id: string;
  readonly kind: string;
  /** Hash of the shared input. */
  readonly setup: string;
  readonly input: Uint8Array;
}

/** A task as a worker holds it. */
export interface HeldTask extends NewTask {
  readonly job: string;
  /** There already when another worker was faster. */
  readonly sha256: string | null;
}

/** Tries that a task has, workers that were lost and results that could not be read included. */
export const MOST_ATTEMPTS = 5;
/** Tries of a task that throws. */
export const MOST_THROWS = 3;
/** Results of a statement: their ids fit in a notification of 8,000 bytes. */
export const MOST_DONE = 100;
/** A task that was taken by somebody who never said so goes back after so many seconds. */
const UNCLAIMED_SECONDS = 15;
/** Of a statement. */
const MOST_ROWS = 200;
const MOST_BYTES = 16 * 2 ** 20;
/** Turns of a task of a job of weight 1; a job of weight w takes as many for w tasks. */
const TURNS = 1000;

/**
 * A name for a task of a job, made of all that its result depends on: asked for again, it is the same task.
 *
 * @param job  whose
 * @param task  kind, shared input, own input
 */
export function taskId(job: string, { kind, setup, input }: Omit<NewTask, "id">): string {
  const digits = sha256(`${job}\n${kind}\n${setup}\n`, input);
  return [8, 12, 16, 20, 32].map((end, i, ends) => digits.slice(ends[i - 1] ?? 0, end)).join("-");
}

/**
 * Queues tasks that are not there yet. Those of several jobs take turns: a job begins at the turn that is being served,
 * and each of its tasks has the next, so nobody waits for all tasks of somebody who came before.
 *
 * @param database  ours
 * @param job  whose tasks
 * @param identity  of the package that is to do them
 * @param tasks  any number
 */
export async function send(
  database: Database,
  job: string,
  identity: string,
  tasks: readonly NewTask[],
): Promise<void> {
  for (let first = 0; first < tasks.length; ) {
    let [end, bytes] = [first, 0];
    while (end < tasks.length && end - first < MOST_ROWS && (end === first || bytes < MOST_BYTES)) {
      bytes += tasks[end++].input.length;
    }
    await sendSome(database, job, identity, tasks.slice(first, end));
    first = end;
  }
}

async function sendSome(
  database: Database,
  job: string,
  identity: string,
  tasks: readonly NewTask[],
): Promise<void> {
  const rows = tasks.map(
    (_, i) => `($${4 * i + 2}::uuid,$1,$${4 * i + 3},$${4 * i + 4},$${4 * i + 5}::bytea)`,
  );
  await database.query(
    `INSERT INTO ${SCHEMA}.task (id, job, kind, setup, input) VALUES ${rows.join(",")}
     ON CONFLICT (id) DO UPDATE SET failure = NULL, attempts = 0 WHERE task.failure IS NOT NULL`,
    [job, ...tasks.flatMap(({ id, kind, setup, input }) => [id, kind, setup, input])],
  );
  await enqueue(
    database,
    job,
    identity,
    tasks.map(({ id }) => id),
  );
}

/** Gives those of some tasks that have no result to pg-boss, where they are not there yet. */
async function enqueue(
  database: Database,
  job: string,
  identity: string,
  ids: readonly string[],
): Promise<void> {
  const name = queueOf(identity);
  const open = await database.query<{ id: string }>(
    `SELECT id FROM ${SCHEMA}.task WHERE id = ANY($1::uuid[]) AND sha256 IS NULL`,
    [ids],
  );
  if (open.rowCount === 0) return;
  const isOpen = new Set(open.rows.map(({ id }) => id));
  const waiting = ids.filter((id) => isOpen.has(id));
  const { rows } = await database.query<{ turn: string; step: number }>(
    `UPDATE ${SCHEMA}.job SET turn = $4::int * (${TURNS} / weight) + CASE WHEN EXISTS (
       SELECT 1 FROM ${SCHEMA}.task t JOIN ${BOSS_SCHEMA}.job b ON b.name = $2 AND b.id = t.id
       WHERE t.job = $1 AND b.state < 'active'
     ) THEN turn ELSE COALESCE(
       (SELECT -max(priority) FROM ${BOSS_SCHEMA}.job WHERE name = $2 AND state < 'active'), 0
     ) END WHERE id = $1 AND identity = $3 RETURNING turn, ${TURNS} / weight AS step`,
    [job, name, identity, waiting.length],
  );
  if (rows.length === 0) return;
  const { turn, step } = rows[0];
  const first = Number(turn) - waiting.length * step;
  await database.boss.insert(waiting.map((id, i) => ({ id, name, priority: -(first + i * step) })));
  await tellWorkers(database);
}

const tellWorkers = (database: Database) => database.query("SELECT pg_notify($1, '')", [WORK_CHANNEL]);

/**
 * Takes tasks for a worker.
 *
 * @param database  ours
 * @param identity  of the worker's package
 * @param worker  its name
 * @param most  tasks
 * @param seconds  until when they are given to another, unless the worker says that it still holds them
 */
export async function take(
  database: Database,
  identity: string,
  worker: string,
  most: number,
  seconds: number,
): Promise<HeldTask[]> {
  const name = queueOf(identity);
  const taken = (await database.boss.fetch(name, { batchSize: most })).map(({ id }) => id);
  if (taken.length === 0) return [];
  const { rows } = await database.query<HeldTask>(
    `UPDATE ${SCHEMA}.task SET worker = $2, held_until = now() + make_interval(secs => $3)
     WHERE id = ANY($1::uuid[]) RETURNING id, job, kind, setup, input, sha256`,
    [taken, worker, seconds],
  );
  const held = rows.filter((task) => task.sha256 === null);
  const over = taken.filter((id) => !held.some((task) => task.id === id));
  // Cancelled, or done by somebody who was thought lost.
  if (over.length > 0) await database.boss.deleteJob(name, over);
  return held;
}

/**
 * Says that a worker still holds its tasks.
 *
 * @param database  ours
 * @param ids  of the tasks
 * @param reports  how far they are, as bytes or null
 * @param seconds  as in `take`
 * @returns those that are still wanted
 */
export async function hold(
  database: Database,
  ids: readonly string[],
  reports: readonly (Uint8Array | null)[],
  seconds: number,
): Promise<Set<string>> {
  if (ids.length === 0) return new Set();
  const rows = ids.map((_, i) => `($${2 * i + 2}::uuid, $${2 * i + 3}::bytea)`);
  const answer = await database.query<{ id: string }>(
    `UPDATE ${SCHEMA}.task SET held_until = now() + make_interval(secs => $1),
       report = COALESCE(new.report, task.report)
     FROM (VALUES ${rows.join(",")}) AS new (id, report) WHERE task.id = new.id RETURNING task.id`,
    [seconds, ...ids.flatMap((id, i) => [id, reports[i]])],
  );
  return new Set(answer.rows.map(({ id }) => id));
}

/** A task with its result. */
export interface DoneTask {
  readonly task: HeldTask;
  readonly result: Uint8Array;
}

/**
 * Keeps results. A second one of a task must be the same.
 *
 * @param database  ours
 * @param identity  of the package
 * @param done  at least one, at most `MOST_DONE`
 * @param worker  that did them
 */
export async function complete(
  database: Database,
  identity: string,
  done: readonly DoneTask[],
  worker: string,
): Promise<void> {
  const hashes = done.map(({ result }) => sha256(result));
  const rows = done.map((_, i) => `($${3 * i + 2}::uuid, $${3 * i + 3}::bytea, $${3 * i + 4}::text)`);
  const values = done.flatMap(({ task, result }, i) => [task.id, result, hashes[i]]);
  const kept = await database.query<{ id: string }>(
    `WITH kept AS (
       UPDATE ${SCHEMA}.task SET result = new.result, sha256 = new.sha256, done_by = $1, done_on = now(), failure = NULL
       FROM (VALUES ${rows.join(",")}) AS new (id, result, sha256)
       WHERE task.id = new.id AND task.sha256 IS NULL RETURNING task.id, task.job
     ), told AS (
       SELECT pg_notify('${doneChannel("")}' || job, string_agg(id::text, ',')) FROM kept GROUP BY job
     ) SELECT kept.id FROM kept, (SELECT count(*) FROM told) AS counted`,
    [worker, ...values],
  );
  const isKept = new Set(kept.rows.map(({ id }) => id));
  for (const [i, { task }] of done.entries()) {
    if (!isKept.has(task.id)) await compare(database, task.id, worker, hashes[i]);
  }
  const ids = done.map(({ task }) => task.id);
  await database.boss.deleteJob(queueOf(identity), ids);
}

/** Somebody else was faster: the bytes must be the same. */
async function compare(database: Database, id: string, worker: string, hash: string): Promise<void> {
  await database.query(
    `UPDATE ${SCHEMA}.job SET dispute = format(
       'task %s gave other bytes by %s (%s…) than by %s (%s…)',
       t.id, $2::text, left($3, 12), t.done_by, left(t.sha256, 12)
     ) FROM ${SCHEMA}.task t WHERE t.id = $1::uuid AND job.id = t.job AND t.sha256 <> $3`,
    [id, worker, hash],
  );
}

/**
 * Notes that a task failed: it is tried again, or its caller is told.
 *
 * @param database  ours
 * @param identity  of the package
 * @param task  that failed
 * @param worker  that tried
 * @param failure  what it said
 * @param most  attempts
 */
export async function fail(
  database: Database,
  identity: string,
  { id, job }: Pick<HeldTask, "id" | "job">,
  worker: string,
  failure: Failure,
  most: number,
): Promise<void> {
  const { rows } = await database.query<{ over: boolean }>(
    `UPDATE ${SCHEMA}.task SET attempts = attempts + 1, tried_by = tried_by || $2::text, worker = NULL,
       held_until = NULL, failure = CASE WHEN attempts + 1 >= $3 THEN $4::jsonb END
     WHERE id = $1::uuid AND sha256 IS NULL RETURNING attempts >= $3 AS over`,
    [id, worker, most, JSON.stringify(failure)],
  );
  if (rows[0] && !rows[0].over) return giveBack(database, identity, [id]);
  await database.boss.deleteJob(queueOf(identity), [id]);
  await database.query("SELECT pg_notify($1, $2)", [doneChannel(job), id]);
}

/**
 * Lets others have tasks.
 *
 * @param database  ours
 * @param identity  of the package
 * @param ids  of the tasks
 */
export async function giveBack(database: Database, identity: string, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  await database.query(
    `UPDATE ${SCHEMA}.task SET worker = NULL, held_until = NULL WHERE id = ANY($1::uuid[])`,
    [ids],
  );
  await database.boss.fail(queueOf(identity), ids);
  await tellWorkers(database);
}

/**
 * Finds tasks whose workers are gone, and gives them to others. Anybody may, at any time.
 *
 * @param database  ours
 * @param identity  of the package
 */
export async function sweep(database: Database, identity: string): Promise<void> {
  const name = queueOf(identity);
  const { rows } = await database.query<{ id: string; job: string; worker: string | null }>(
    `SELECT t.id, t.job, t.worker FROM ${BOSS_SCHEMA}.job b JOIN ${SCHEMA}.task t ON t.id = b.id
     WHERE b.name = $1 AND b.state = 'active' AND (t.held_until < now() OR (
       t.held_until IS NULL AND b.started_on < now() - make_interval(secs => ${UNCLAIMED_SECONDS})
     ))`,
    [name],
  );
  for (const { id, job, worker } of rows) {
    const { rowCount } = await database.query(
      `UPDATE ${SCHEMA}.task SET held_until = NULL WHERE id = $1::uuid AND worker IS NOT DISTINCT FROM $2
       AND (held_until < now() OR held_until IS NULL)`,
      [id, worker],
    );
    if (rowCount === 0) continue;
    const message = '"worker" expected an answer, got none: it was lost';
    const failure = { message, fields: { name: "WorkerError", code: "ERR_WORKER" } };
    await fail(database, identity, { id, job }, worker ?? "somebody", failure, MOST_ATTEMPTS);
  }
  // What was stored while its worker lost the connection, and what was cancelled.
  await database.query(
    `DELETE FROM ${BOSS_SCHEMA}.job b WHERE b.name = $1 AND b.state = 'active' AND b.started_on <
     now() - make_interval(secs => ${UNCLAIMED_SECONDS}) AND NOT EXISTS (
       SELECT 1 FROM ${SCHEMA}.task t WHERE t.id = b.id AND t.sha256 IS NULL
     )`,
    [name],
  );
}

/**
 * Throws a result away that could not be read, and has the task done again.
 *
 * @param database  ours
 * @param identity  of the package
 * @param task  of which the result was
 * @param by  who had made it
 * @param failure  what is wrong with it
 */
export async function refuse(
  database: Database,
  identity: string,
  task: Pick<HeldTask, "id" | "job">,
  by: string,
  failure: Failure,
): Promise<void> {
  await database.query(`UPDATE ${SCHEMA}.task SET result = NULL, sha256 = NULL WHERE id = $1::uuid`, [
    task.id,
  ]);
  await fail(database, identity, task, by, failure, MOST_ATTEMPTS);
  await enqueue(database, task.job, identity, [task.id]);
}
