/** The page in a real Chromium: every part to its end, at a small size. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import axe from "axe-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { searchOptions } from "../../src/demo/find/work.js";
import { chosenRound, encodeTicket, searchTickets } from "../../src/index.js";
import { third } from "../harness/size.js";
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
    await begin("find", { ...SMALL, rounds: "3", rate: "40", iterations: "400" });
    // In the page, because it is over in a second or two.
    await within("find", "button.main").evaluate(async (button: HTMLButtonElement) => {
      while (!document.querySelector("#find .loss path")) await new Promise(requestAnimationFrame);
      button.click();
    });
    await ends("find", /^Paused/);
    await within("find", "button.main").click();
    await ends("find", /^Found: /);

    const options = { hidden: [32, 16], rounds: 3, iterations: 400, rate: 0.4, seed: 3, controls: true };
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

describe("prune", () => {
  const slider = () => within("prune", "[name=sparsity]");

  /** Moves the slider over all its steps. @returns how long each took, and what stood there then */
  const moves = () =>
    slider().evaluate(async (input: HTMLInputElement) => {
      const found: { ms: number; text: string }[] = [];
      for (let step = 0; step < 120; step++) {
        const start = performance.now();
        input.value = String(step);
        input.dispatchEvent(new Event("input"));
        await new Promise(requestAnimationFrame);
        const [kept, methods] = [".kept", ".methods"].map(
          (selector) => document.querySelector(`#prune ${selector}`)?.textContent,
        );
        found.push({ ms: performance.now() - start, text: `${kept} ${methods}` });
      }
      return found;
    });

  test("four methods follow a slider of 120 sparsities", async () => {
    await begin("prune", SMALL);
    await ends("prune", /^All four methods at 120 sparsities/);
    const texts = (await moves()).map(({ text }) => text);
    expect(new Set(texts).size).toBe(120);
    expect(texts.filter((text) => text.includes("not pruned yet"))).toEqual([]);
  });

  // Again where other tests hold the processors.
  test("at once", { retry: 2 }, async () => {
    expect((await moves()).map(({ ms }) => ms).sort((a, b) => a - b)[60]).toBeLessThan(50);
  });

  test("what is not measured yet is, where the slider rests", async () => {
    await slider().fill("50");
    const cards = within("prune", ".methods");
    await expect.poll(() => cards.textContent(), { timeout: 5000 }).not.toContain("not measured yet");
    expect(await cards.locator("b").count()).toBe(4);
  });

  test("the least error is that of exact OBS, the largest that of magnitude", async () => {
    const texts = await within("prune", ".methods figure").allTextContents();
    const [obs, gpt, wanda, magnitude] = texts.map((text) => Number(/error ([\d.]+)/.exec(text)?.[1]));
    for (const other of [gpt, wanda, magnitude]) expect(obs).toBeLessThan(other);
    expect(magnitude).toBeGreaterThan(wanda);
  });
});

describe("strong", () => {
  test("a certificate that holds, and residuals within epsilon", async () => {
    await begin("strong", { ...SMALL, hidden: "8", epsilon: "0.1" });
    await ends("strong", /subset sums in .* all within 0\.1/);
    expect(await within("strong", ".tiles > div").count()).toBe(5);
    expect(await within("strong", ".residuals rect").count()).toBeGreaterThan(5);
    expect(await within("strong", ".checks .holds").count()).toBe(3);
    expect(await within("strong", ".checks .fails").count()).toBe(0);
  });

  test("any weight is a sum of some of its pool's products", async () => {
    const sum = within("strong", ".sum figcaption");
    await expect.poll(() => sum.textContent()).toMatch(/random products sum to/);
    const text = (await sum.textContent()) ?? "";
    const plain = (words: string) => words.replaceAll("−", "-");
    const words = /(\d+) of\s(\d+) random products sum to (-?[\d.]+); the weight is (-?[\d.]+)/;
    const [, kept, all, reached, wanted] = (words.exec(plain(text)) ?? []).map(Number);
    expect(Math.abs(reached - wanted)).toBeLessThan(0.1);
    expect(all).toBeGreaterThanOrEqual(9);
    const titles = await within("strong", ".sum rect title").allTextContents();
    expect(titles.length).toBe(all);
    const products = titles
      .filter((title) => title.endsWith("kept"))
      .map((title) => Number.parseFloat(plain(title)));
    expect(products.length).toBe(kept);
    expect(products.reduce((total, product) => total + product, 0)).toBeCloseTo(reached, 5);
    await within("strong", "[name=weight]").fill("400");
    await expect.poll(() => sum.textContent()).not.toBe(text);
  });

  test("the certificate is a file to keep", async () => {
    const coming = visit.page.waitForEvent("download");
    await within("strong", ".certificate a").click();
    const download = await coming;
    expect(download.suggestedFilename()).toBe("certificate.json");
    const certificate = JSON.parse(readFileSync(await download.path(), "utf8"));
    expect(certificate.target.sizes).toEqual([784, 8, 10]);
    expect(certificate.failures).toBe(0);
    expect(certificate.bound.outputs.length).toBe(10);
    expect(Math.max(...certificate.bound.outputs)).toBe(certificate.bound.maximum);
  });
});

test("race: all that the browser runs, on a clock of 0.1 ms", async () => {
  expect(await visit.page.evaluate(() => globalThis.crossOriginIsolated)).toBe(false);
  await begin("race", { batch: "1", samples: "3" });
  await ends("race", /^Done in/);
  expect(await within("race", ".numbers tbody tr").count()).toBeGreaterThanOrEqual(3);
  expect(await within("race", ".numbers tbody").textContent()).not.toContain("–");
  const text = (await within("race", ".clock").textContent()) ?? "";
  const [, sample, clock] = (/take (\d+) ms or more.*steps by ([\d.]+) ms/s.exec(text) ?? []).map(Number);
  expect(clock).toBeGreaterThan(0.05);
  expect(sample).toBeGreaterThanOrEqual(100 * clock);
});

describe("what runs can be stopped, and begun again", () => {
  const main = (part: string) => within(part, "button.main");
  const field = (part: string) => within(part, "fieldset select").first();

  const works: [string, Record<string, string>, RegExp][] = [
    ["prune", { hidden: "32,16", iterations: "60", seed: "4" }, /one by one|Measuring/],
    ["prune", { hidden: "32,16", iterations: "5000", seed: "5" }, /Training/],
    ["strong", { hidden: "32", iterations: "60", seed: "5", epsilon: "0.001" }, /Layer/],
    ["strong", { hidden: "32", iterations: "5000", seed: "5" }, /Training/],
    ["race", { batch: "256", samples: "25" }, /At 0%/],
  ];
  test.each(third(works))("%s %o", { retry: 2 }, async (part, fields: Record<string, string>, working) => {
    const name = await main(part).textContent();
    await begin(part, fields);
    await expect.poll(() => status(part).textContent(), { timeout: 10_000, interval: 10 }).toMatch(working);
    expect(await main(part).textContent()).toBe("Stop");
    expect(await field(part).isDisabled()).toBe(true);
    const start = performance.now();
    await main(part).click();
    await expect
      .poll(() => status(part).textContent(), { interval: 10, timeout: 10_000 })
      .toMatch(/^Stopped/);
    // A second, and another one for a machine that is busy.
    expect(performance.now() - start).toBeLessThan(2000);
    expect(await main(part).textContent()).toBe(name);
    expect(await field(part).isDisabled()).toBe(false);
    expect(await within(part, "progress").isHidden()).toBe(true);
  });

  test("one that waits for another one too", async () => {
    await begin("race", { batch: "256", samples: "25" });
    await begin("prune", SMALL);
    expect(await status("prune").textContent()).toMatch(/^Waiting/);
    await main("prune").click();
    await ends("prune", /^Stopped/);
    expect(await main("race").textContent()).toBe("Stop");
    await main("race").click();
    await ends("race", /^Stopped/);
  });
});

test.each(["light", "dark"] as const)(
  "names, contrast and roles are as axe wants them: %s",
  async (colorScheme) => {
    const { page } = visit;
    await page.emulateMedia({ colorScheme });
    await page.evaluate(axe.source);
    const { violations } = await page.evaluate(() =>
      (globalThis as typeof globalThis & { axe: typeof axe }).axe.run(),
    );
    expect(violations.flatMap(({ help, nodes }) => nodes.map((node) => `${help}: ${node.html}`))).toEqual([]);
  },
);

test("nothing was complained about", () => {
  expect(visit.complaints).toEqual([]);
});

test.each(["digits.gz", "worker.js"])("says so when %s does not come", async (name) => {
  const { page } = await demo.visit();
  await page.route(`**/${name}`, (route) => route.abort());
  await page.locator("#prune button.main").click();
  await expect.poll(() => page.locator("#prune .status").textContent()).toMatch(/^That failed: ./);
  expect(await page.locator("#prune button.main").textContent()).toBe("Prune");
});
