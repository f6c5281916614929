/** Our tables beside those of pg-boss: what tasks are about, what came out, and who is there. */

/** Where they are. */
export const SCHEMA = "golden_ticket";

/** Held while tables are made: two that begin together would get in each other's way. */
const LOCK = 7_403_251;

/**
 * input: what tasks share, by the hash of its bytes, in parts. job: what a caller asked for. task: one piece of it,
 * with its result. A task waits and runs in pg-boss, under the same id; there it stays until its result is here.
 */
export const TABLES = `
BEGIN;
SELECT pg_advisory_xact_lock(${LOCK});
CREATE SCHEMA IF NOT EXISTS ${SCHEMA};
CREATE TABLE IF NOT EXISTS ${SCHEMA}.input (
  sha256 text NOT NULL, part int NOT NULL, parts int NOT NULL, bytes bytea NOT NULL,
  used_on timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (sha256, part)
);
CREATE TABLE IF NOT EXISTS ${SCHEMA}.job (
  id text PRIMARY KEY, identity text NOT NULL, command jsonb, weight int NOT NULL,
  turn bigint NOT NULL DEFAULT 0, dispute text,
  created_on timestamptz NOT NULL DEFAULT now(), seen_on timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE IF NOT EXISTS ${SCHEMA}.task (
  id uuid PRIMARY KEY, job text NOT NULL REFERENCES ${SCHEMA}.job ON DELETE CASCADE, kind text NOT NULL,
  setup text NOT NULL, input bytea NOT NULL, attempts int NOT NULL DEFAULT 0, tried_by text[] NOT NULL DEFAULT '{}',
  worker text, held_until timestamptz, report bytea,
  result bytea, sha256 text, done_by text, done_on timestamptz, failure jsonb
);
CREATE INDEX IF NOT EXISTS task_job ON ${SCHEMA}.task (job);
CREATE INDEX IF NOT EXISTS task_done ON ${SCHEMA}.task (done_on);
CREATE TABLE IF NOT EXISTS ${SCHEMA}.worker (
  id text PRIMARY KEY, identity text NOT NULL, host text NOT NULL, pid int NOT NULL, concurrency int NOT NULL,
  running int NOT NULL DEFAULT 0, done int NOT NULL DEFAULT 0,
  started_on timestamptz NOT NULL DEFAULT now(), seen_on timestamptz NOT NULL DEFAULT now()
);
COMMIT;
`;

/** Notified when there are tasks. */
export const WORK_CHANNEL = "golden_ticket_work";

/**
 * Notified with the ids of tasks that are done or failed, commas between.
 *
 * @param job  whose
 */
export const doneChannel = (job: string) => `golden_ticket_done_${job}`;

/**
 * The queue of one version: others neither see nor take its tasks.
 *
 * @param identity  of the package
 */
export const queueOf = (identity: string) => `tasks-${identity}`;

/** Settings of a queue of pg-boss. We count attempts ourselves, so it gives a task back as often as we say. */
export const QUEUE_OPTIONS = { retryLimit: 1_000_000, retryDelay: 0, expireInSeconds: 86_399 };
