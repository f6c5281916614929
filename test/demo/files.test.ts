/** What is served, how large it is and how soon it is there. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { Demo } from "./visit.js";

const demo = new Demo();
beforeAll(() => demo.start(), 60_000);
afterAll(() => demo.stop());

test("all files together are below 2.5 MB", () => {
  const sizes = ["index.html", "page.js", "worker.js", "digits.gz"].map((name) => demo.read(name).length);
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(2.5e6);
});

// Again where other tests hold the processors.
test("paints within a second and can be used within two", { retry: 2 }, async () => {
  const { page, complaints } = await demo.visit();
  const { paint, ready } = await page.evaluate(() => ({
    paint: performance.getEntriesByName("first-contentful-paint")[0].startTime,
    ready: performance.getEntriesByName("ready")[0].startTime,
  }));
  expect(paint).toBeLessThan(1000);
  expect(ready).toBeLessThan(2000);
  expect(complaints).toEqual([]);
});

test.each([390, 1100])("nothing is wider than a window of %i pixels", async (width) => {
  const { page } = await demo.visit({ viewport: { width, height: 800 } });
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
});
