/** PostgreSQL and pg-boss, as far as they are needed: loaded when asked for; a connection that is cut comes back. */
import { setTimeout as sleep } from "node:timers/promises";
import { ArgumentRangeError, MissingPackageError, QueueError } from "../errors.js";
import { TABLES } from "./schema.js";

/** What a statement gives. */
export interface Answer<Row> {
  readonly rows: Row[];
  readonly rowCount: number;
}

/** The part of pg-boss that is used. */
export interface Boss {
  start(): Promise<unknown>;
  createQueue(name: string, options: object): Promise<void>;
  insert(jobs: readonly object[]): Promise<unknown>;
  fetch(name: string, options: { batchSize: number }): Promise<{ id: string }[]>;
  fail(name: string, ids: readonly string[], data?: object): Promise<unknown>;
  deleteJob(name: string, ids: readonly string[]): Promise<unknown>;
}

interface Client {
  query<Row>(query: object): Promise<Answer<Row>>;
  on(event: string, listener: (value: { channel: string; payload?: string }) => void): unknown;
  connect(): Promise<unknown>;
  end(): Promise<unknown>;
}

interface Pg {
  readonly Pool: new (options: object) => Client;
  readonly Client: new (options: object) => Client;
}

/** pg-boss keeps its tables apart from ours. */
export const BOSS_SCHEMA = "golden_ticket_boss";

const CONNECTIONS = 4;
const CONNECT_MS = 10_000;
/** A statement that is silent for so long was cut off. */
const SILENT_MS = 60_000;
/** PostgreSQL says so when two make the same table; once it is there, nobody makes it. */
const MOST_INSTALLS = 10;
/** Between two tries. */
const RETRY_MS = 250;
/** How long the database may be away when one begins: it may be starting again. */
const FIRST_MS = 10_000;
/** How long it may be away later. */
const PATIENCE_MS = 15 * 60_000;

/** What PostgreSQL and the network say when asking again may help. */
const PASSING =
  /^(08...|57P0[123]|53300|40001|40P01|ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|EHOSTUNREACH|EAI_AGAIN)$/;
const CUT = /terminated|timeout|connection error|not queryable|Client was closed/i;

/**
 * An address without its password.
 *
 * @param url  postgres://user:password@host/database
 */
export function masked(url: string): string {
  if (!URL.canParse(url)) return "an address that cannot be read";
  const parsed = new URL(url);
  if (parsed.password) parsed.password = "***";
  for (const key of [...parsed.searchParams.keys()]) {
    if (/pass|key|secret|token/i.test(key)) parsed.searchParams.set(key, "***");
  }
  return parsed.href;
}

/** A database with our tables in it. */
export class Database {
  /** Tells of waiting for the database; once each time it goes away. */
  readonly #onAway: (why: string) => void;
  readonly #pg: Pg;
  readonly #options: object;
  readonly #url: string;
  readonly #pool: Client;
  #listener?: Client;
  #boss?: Boss;
  #isClosed = false;
  /** When the database was last away, by performance.now(). */
  #awayAt = Number.NEGATIVE_INFINITY;

  private constructor(pg: Pg, url: string, onAway: (why: string) => void) {
    this.#pg = pg;
    this.#onAway = onAway;
    this.#url = url;
    this.#options = {
      ...{ connectionString: url, application_name: "golden-ticket", keepAlive: true },
      ...{ connectionTimeoutMillis: CONNECT_MS, query_timeout: SILENT_MS },
    };
    this.#pool = new pg.Pool({ ...this.#options, max: CONNECTIONS });
    // Idle connections end when the database does: the next statement opens another.
    this.#pool.on("error", () => {});
  }

  /**
   * Connects, and makes the tables where they are not there yet.
   *
   * @param url  postgres://user:password@host/database
   * @param options  how long to wait for a database that does not answer, in ms; whom to tell
   * @throws {QueueError} when it does not answer, or refuses
   * @throws {ArgumentRangeError} when the address is none of PostgreSQL
   * @throws {MissingPackageError} when pg or pg-boss is not installed
   */
  static async open(
    url: string,
    { patience = FIRST_MS, onAway = () => {} }: { patience?: number; onAway?: (why: string) => void } = {},
  ): Promise<Database> {
    if (!URL.canParse(url) || !/^postgres(ql)?:$/.test(new URL(url).protocol)) {
      throw new ArgumentRangeError(`"queue" expected postgres://USER@HOST/DATABASE, got ${masked(url)}`);
    }
    const { default: pg } = (await packageNamed("pg")) as { default: Pg };
    const { default: PgBoss } = (await packageNamed("pg-boss")) as { default: new (options: object) => Boss };
    const database = new Database(pg, url, onAway);
    try {
      await database.#install(PgBoss, patience);
      return database;
    } catch (error) {
      await database.close();
      throw error;
    }
  }

  /** Makes what is missing. Several that begin together may not see each other's: then what is there is found again. */
  async #install(PgBoss: new (options: object) => Boss, patience: number): Promise<void> {
    const db = { executeSql: (text: string, values: unknown[]) => this.query(text, values) };
    for (let tries = 1; ; tries++) {
      try {
        await this.query(TABLES, [], { patience });
        this.#boss = new PgBoss({ db, schema: BOSS_SCHEMA, supervise: false, schedule: false });
        return void (await this.#boss.start());
      } catch (error) {
        const { code } = ((error as Error).cause ?? {}) as { code?: string };
        if (!/^(23505|42P0[67]|42710)$/.test(code ?? "") || tries === MOST_INSTALLS) throw error;
        await sleep(RETRY_MS);
      }
    }
  }

  /** The queue itself. */
  get boss(): Boss {
    return this.#boss as Boss;
  }

  /** The address, fit to be shown. */
  get address(): string {
    return masked(this.#url);
  }

  /** How long the database has been there without a break, in ms. */
  get calmMs(): number {
    return performance.now() - this.#awayAt;
  }

  /**
   * Runs a statement that may be run again: when the connection is cut, it is.
   *
   * @param text  SQL
   * @param values  for $1, $2, …
   * @param options  `patience` in ms
   * @throws {QueueError} when the database refuses it, or is away for too long
   */
  async query<Row>(
    text: string,
    values: readonly unknown[] = [],
    { patience = PATIENCE_MS } = {},
  ): Promise<Answer<Row>> {
    const started = performance.now();
    for (let tries = 0; ; tries++) {
      try {
        // A statement without values may be several.
        const isMany = values.length === 0;
        return await this.#pool.query<Row>({
          text,
          ...(isMany ? {} : { values }),
        });
      } catch (error) {
        const { code, message } = error as { code?: string; message: string };
        const mayPass = PASSING.test(code ?? "") || CUT.test(message);
        const why = code ? `${code} ${message}` : message;
        if (!mayPass || this.#isClosed || performance.now() - started >= patience)
          throw this.#errorOf(why, error);
        this.#awayAt = performance.now();
        if (tries === 0) this.#onAway(this.#withoutPassword(why));
        await sleep(RETRY_MS);
      }
    }
  }

  /**
   * Listens to a channel; after a cut too.
   *
   * @param channels  names
   * @param heard  told the payload; without one when something may have been missed
   */
  async listen(channels: readonly string[], heard: (payload?: string) => void): Promise<void> {
    if (this.#isClosed) return;
    const client = new this.#pg.Client(this.#options);
    let isLost = false;
    const lost = async () => {
      if (isLost || this.#isClosed) return;
      isLost = true;
      this.#awayAt = performance.now();
      client.end().catch(() => {});
      await sleep(RETRY_MS);
      await this.listen(channels, heard);
      heard();
    };
    client.on("error", lost);
    client.on("end", lost);
    client.on("notification", ({ payload }) => heard(payload));
    this.#listener = client;
    try {
      await client.connect();
      for (const channel of channels) await client.query({ text: `LISTEN "${channel}"` });
    } catch {
      await lost();
    }
  }

  /** Ends all connections. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await Promise.allSettled([this.#listener?.end(), this.#pool.end()]);
  }

  #errorOf(why: string, cause: unknown): QueueError {
    const message = `"queue" expected to work at ${this.address}, got ${why}`;
    return new QueueError(this.#withoutPassword(message), { cause });
  }

  #withoutPassword(text: string): string {
    const { password } = new URL(this.#url);
    if (!password) return text;
    const spoken = password.replace(/%([0-9a-f]{2})/gi, (_, code) =>
      String.fromCharCode(Number.parseInt(code, 16)),
    );
    return text.replaceAll(spoken, "***").replaceAll(password, "***");
  }
}

/** Optional: only who has several machines needs them. */
async function packageNamed(name: "pg" | "pg-boss"): Promise<object> {
  try {
    return name === "pg" ? await import("pg") : await import("pg-boss");
  } catch (cause) {
    throw new MissingPackageError(
      `a queue expected the packages "pg-boss" and "pg": npm install pg-boss@10 pg`,
      {
        cause,
      },
    );
  }
}
