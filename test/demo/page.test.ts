/** The page in a real Chromium: every part to its end, at a small size. */
import { createHash } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { searchOptions } from "../../src/demo/find/work.js";
import { chosenRound, encodeTicket, searchTickets } from "../../src/index.js";
import { Demo, type Visit } from "./visit.js";

const demo = new Demo();
let visit: Visit;

beforeAll(async () => {
  await demo.start();
  visit = await demo.visit();
}, 60_000);
afterAll(() => demo.stop());

const within = (part: string, selector: string) => visit.page.locator(`#${part} ${selector}`);
const status = (part: string) => within(part, ".status");

/** Fills a part's fields and sends its form. */
async function begin(part: string, fields: Record<string, string>): Promise<void> {
  for (const [name, value] of Object.entries(fields)) {
    const field = within(part, `[name=${name}]`);
    if ((await field.evaluate((element) => element.tagName)) === "SELECT") await field.selectOption(value);
    else await field.fill(value);
  }
  await within(part, "button.main").click();
}

async function ends(part: string, words: RegExp): Promise<void> {
  await expect.poll(() => status(part).textContent(), { timeout: 30_000 }).toMatch(words);
}

const SMALL = { hidden: "32,16", iterations: "60", seed: "3" };

describe("find", () => {
  test("finds the ticket that Node finds, over a pause", async () => {
    await begin("find", { ...SMALL, rounds: "3", rate: "40", iterations: "1000" });
    await expect.poll(() => within("find", ".survivors img").count(), { timeout: 20_000 }).toBeGreaterThan(0);
    await within("find", "button.main").click();
    await ends("find", /^Paused/);
    await within("find", "button.main").click();
    await ends("find", /^Found: /);

    const options = { hidden: [32, 16], rounds: 3, iterations: 1000, rate: 0.4, seed: 3, controls: true };
    const { samples } = demo;
    const found = await searchTickets(samples, { ...searchOptions(samples, options), workers: 0 });
    const ticket = found.tickets[chosenRound(found.rounds).round];
    const file = encodeTicket(ticket, { method: "imp", seed: 3, variant: "simd", protocol: found.protocol });
    const expected = createHash("sha256").update(file).digest("hex");
    expect(await within("find", ".sha").textContent()).toBe(expected);
  });

  test("draws every round and its controls", async () => {
    expect(await within("find", ".survivors img").count()).toBe(4);
    expect(await within("find", ".numbers tbody tr").count()).toBe(4);
    expect(await within("find", ".numbers tbody tr:last-child").textContent()).not.toContain("–");
    expect(await within("find", ".loss path").count()).toBeGreaterThan(10);
    await within("find", "[name=shown]").fill("0");
    expect(await within("find", ".neurons img").first().getAttribute("alt")).toMatch(
      /784 of 784 weights kept$/,
    );
    await within("find", "[name=shown]").fill("3");
    expect(await within("find", ".neurons img").first().getAttribute("alt")).not.toMatch(/784 of 784/);
  });

  test("two networks read what is drawn, by hand and by keys", async () => {
    const pad = within("find", ".pad canvas");
    await pad.scrollIntoViewIfNeeded();
    const box = await pad.boundingBox();
    if (!box) throw new Error("no pad");
    const { mouse, keyboard } = visit.page;
    await mouse.move(box.x + box.width / 2, box.y + 20);
    await mouse.down();
    await mouse.move(box.x + box.width / 2, box.y + box.height - 20, { steps: 5 });
    await mouse.up();
    const heads = () => within("find", ".readings thead").textContent();
    await expect.poll(heads).toMatch(/dense: \d/);
    await within("find", "[name=clear]").click();
    await expect.poll(() => within("find", ".readings").textContent()).toBe("Draw a digit.");
    await within("find", ".surface").focus();
    for (const key of [" ", ...Array(12).fill("ArrowDown"), " "]) await keyboard.press(key);
    await expect.poll(heads).toMatch(/dense: \d/);
    expect(await within("find", ".readings meter").count()).toBe(20);
  });
});

test("prune: four methods, and a slider that waits for nothing", async () => {
  await begin("prune", { ...SMALL, count: "5" });
  await ends("prune", /^20 prunings/);
  const cards = () => within("prune", ".methods").textContent();
  const texts = new Set<string | null>();
  for (const at of ["0", "1", "2", "3", "4"]) {
    await within("prune", "[name=sparsity]").fill(at);
    const text = await cards();
    expect(text).not.toContain("not there yet");
    texts.add(text);
  }
  expect(texts.size).toBe(5);
});

test("strong: a certificate, residuals within epsilon, and any weight as a sum", async () => {
  await begin("strong", { ...SMALL, hidden: "8", epsilon: "0.1" });
  await ends("strong", /subset sums in .* all within 0\.1/);
  expect(await within("strong", ".tiles > div").count()).toBe(5);
  expect(await within("strong", ".residuals rect").count()).toBeGreaterThan(5);
  const sum = within("strong", ".sum figcaption");
  await expect.poll(() => sum.textContent()).toMatch(/random products sum to/);
  const text = (await sum.textContent()) ?? "";
  const [, reached, wanted] = (/sum to (-?[\d.]+); the weight is (-?[\d.]+)/.exec(text) ?? []).map(Number);
  expect(Math.abs(reached - wanted)).toBeLessThan(0.1);
  await within("strong", "[name=weight]").fill("400");
  await expect.poll(() => sum.textContent()).not.toBe(text);
});

test("race: all that the browser runs, on a clock of 0.1 ms", async () => {
  expect(await visit.page.evaluate(() => globalThis.crossOriginIsolated)).toBe(false);
  await begin("race", { batch: "1", samples: "3" });
  await ends("race", /^Done in/);
  expect(await within("race", ".numbers tbody tr").count()).toBeGreaterThanOrEqual(3);
  expect(await within("race", ".numbers tbody").textContent()).not.toContain("–");
});

test("nothing was complained about", () => {
  expect(visit.complaints).toEqual([]);
});
