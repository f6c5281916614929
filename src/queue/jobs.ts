/** What there is in a queue: jobs, tasks, workers; and how it is taken out. */
import { BOSS_SCHEMA, type Database } from "./database.js";
import { queueOf, SCHEMA } from "./schema.js";

/** A worker as others see it. */
export interface WorkerRow {
  readonly id: string;
  readonly identity: string;
  readonly host: string;
  readonly pid: number;
  readonly concurrency: number;
  readonly running: number;
  /** Tasks since it began. */
  readonly done: number;
  readonly seconds: number;
}

/** A job as others see it. */
export interface JobRow {
  readonly id: string;
  readonly command: unknown;
  readonly identity: string;
  readonly priority: number;
  readonly tasks: number;
  readonly done: number;
  readonly running: number;
  readonly failed: number;
  readonly createdOn: string;
  /** Since its caller was there. */
  readonly unseenSeconds: number;
}

/** Of a worker that says nothing; it says something every few seconds. */
const GONE_SECONDS = 15;
/** Jobs whose caller is away for longer are removed. */
const KEPT_DAYS = 14;

/**
 * Workers that are there.
 *
 * @param database  ours
 */
export async function workersOf(database: Database): Promise<WorkerRow[]> {
  const { rows } = await database.query<WorkerRow>(
    `SELECT id, identity, host, pid, concurrency, running, done,
       EXTRACT(epoch FROM now() - started_on)::float8 AS seconds FROM ${SCHEMA}.worker
     WHERE seen_on > now() - make_interval(secs => ${GONE_SECONDS}) ORDER BY host, pid`,
  );
  return rows;
}

/**
 * Jobs that there are, the oldest first.
 *
 * @param database  ours
 */
export async function jobsOf(database: Database): Promise<JobRow[]> {
  const { rows } = await database.query<JobRow>(
    `SELECT j.id, j.command, j.identity, j.weight AS priority, count(t.id)::int AS tasks,
       count(t.sha256)::int AS done,
       (count(*) FILTER (WHERE t.worker IS NOT NULL AND t.sha256 IS NULL))::int AS running,
       count(t.failure)::int AS failed,
       to_char(j.created_on AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS "createdOn",
       EXTRACT(epoch FROM now() - j.seen_on)::float8 AS "unseenSeconds"
     FROM ${SCHEMA}.job j LEFT JOIN ${SCHEMA}.task t ON t.job = j.id GROUP BY j.id ORDER BY j.created_on, j.id`,
  );
  return rows;
}

/**
 * Tasks that were done in the last minute, by worker; those of jobs that are not finished.
 *
 * @param database  ours
 */
export async function rateOf(database: Database): Promise<number> {
  const { rows } = await database.query<{ count: number }>(
    `SELECT count(*)::int AS count FROM ${SCHEMA}.task WHERE done_on > now() - interval '1 minute'`,
  );
  return rows[0].count;
}

/**
 * Removes a job with its tasks and results. Workers stop what they do for it when they next ask.
 *
 * @param database  ours
 * @param job  its id
 * @returns whether it was there
 */
export async function dropJob(database: Database, job: string): Promise<boolean> {
  await database.query(
    `DELETE FROM ${BOSS_SCHEMA}.job b USING ${SCHEMA}.task t JOIN ${SCHEMA}.job j ON j.id = t.job
     WHERE j.id = $1 AND b.name = 'tasks-' || j.identity AND b.id = t.id`,
    [job],
  );
  const { rowCount } = await database.query(`DELETE FROM ${SCHEMA}.job WHERE id = $1`, [job]);
  await database.query(
    `DELETE FROM ${SCHEMA}.input WHERE used_on < now() - interval '1 hour'
     AND sha256 NOT IN (SELECT setup FROM ${SCHEMA}.task)`,
  );
  return rowCount > 0;
}

/**
 * Removes tasks that nobody waits for.
 *
 * @param database  ours
 * @param identity  of the package
 * @param ids  of the tasks
 */
export async function dropTasks(database: Database, identity: string, ids: readonly string[]): Promise<void> {
  await database.boss.deleteJob(queueOf(identity), ids);
  await database.query(`DELETE FROM ${SCHEMA}.task WHERE id = ANY($1::uuid[]) AND sha256 IS NULL`, [ids]);
}

/**
 * Removes what nobody came back for.
 *
 * @param database  ours
 */
export async function dropOld(database: Database): Promise<void> {
  const { rows } = await database.query<{ id: string }>(
    `SELECT id FROM ${SCHEMA}.job WHERE seen_on < now() - make_interval(days => ${KEPT_DAYS})`,
  );
  for (const { id } of rows) await dropJob(database, id);
}
