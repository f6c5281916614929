/** The built page, served as a careless host would, and a browser on it. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { type Browser, chromium, type Page } from "playwright";
import { unpackDigits } from "../../src/demo/digits.js";
import { launchOptions } from "../harness/chromium.js";

interface DemoScript {
  buildDemo(folder: string): Promise<string>;
  serve(folder: string, options: object): Promise<Server>;
}

const script: string = new URL("../../scripts/demo.mjs", import.meta.url).href;
const PREFIX = "/some/where";

/** A page that was opened, and what it complained about. */
export interface Visit {
  readonly page: Page;
  readonly complaints: string[];
}

/** The page built into a folder of its own and served from a sub-folder, without leave to evaluate code. */
export class Demo {
  readonly #folder = mkdtempSync(join(tmpdir(), "golden-ticket-demo-"));
  #server!: Server;
  #browser!: Browser;

  async start(): Promise<void> {
    const { buildDemo, serve } = (await import(/* @vite-ignore */ script)) as DemoScript;
    await buildDemo(this.#folder);
    const headers = { "content-security-policy": "script-src 'self' 'wasm-unsafe-eval'" };
    this.#server = await serve(this.#folder, { prefix: PREFIX, headers });
    this.#browser = await chromium.launch({ ...(await launchOptions()), headless: true });
  }

  async visit(options: Parameters<Browser["newPage"]>[0] = {}): Promise<Visit> {
    const page = await this.#browser.newPage(options);
    const complaints: string[] = [];
    page.on("console", (message) => {
      if (["error", "warning"].includes(message.type())) complaints.push(message.text());
    });
    page.on("pageerror", (error) => complaints.push(String(error)));
    const { port } = this.#server.address() as AddressInfo;
    await page.goto(`http://localhost:${port}${PREFIX}/`);
    await page.waitForSelector("html[data-ready]");
    return { page, complaints };
  }

  /** The digits that the page has. */
  get samples() {
    return unpackDigits(new Uint8Array(gunzipSync(this.read("digits.gz"))));
  }

  read(name: string): Buffer {
    return readFileSync(join(this.#folder, name));
  }

  async stop(): Promise<void> {
    await this.#browser.close();
    this.#server.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
