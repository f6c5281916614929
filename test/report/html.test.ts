import { parseHTML } from "linkedom";
import { describe, expect, test } from "vitest";
import { reportHtml } from "../../src/report/html.js";
import type { ReportInput, Result } from "../../src/report/result.js";
import { sample } from "./sample.js";

const input = sample();
const text = reportHtml(input);
const { document } = parseHTML(text);
const texts = (selector: string, root: ParentNode = document) =>
  [...root.querySelectorAll(selector)].map((element) => element.textContent?.trim());
const sectionOf = (id: string) => document.querySelector(`[aria-labelledby="${id}"]`)!;

/** The sample with another result. */
const changed = (change: Partial<Result>, pictures = input.pictures): ReportInput => ({
  result: { ...input.result, ...change },
  pictures,
});

describe("the report of a made-up search", () => {
  test("is one document that asks for nothing", () => {
    expect(text.startsWith("<!doctype html>")).toBe(true);
    expect(document.querySelectorAll("script, link, iframe, object, embed, base").length).toBe(0);
    const addresses = [...text.matchAll(/\b(?:src|srcset|href|xlink:href|action|poster|data)="([^"]*)"/g)];
    expect(addresses.length).toBeGreaterThan(0);
    expect(addresses.filter(([, address]) => !address.startsWith("data:image/png;base64,"))).toEqual([]);
    expect(text.match(/url\(|@import/g)).toBeNull();
    expect([...text.matchAll(/(\S*)https?:/g)].map(([, before]) => before)).toEqual([]);
    const policy = document.querySelector('meta[http-equiv="Content-Security-Policy"]');
    expect(policy?.getAttribute("content")).toMatch(/^default-src 'none';/);
  });
  test("is the same every time, and small", () => {
    expect(reportHtml(sample())).toBe(text);
    expect(text.length).toBeLessThan(400_000);
  });
  test("says the result in words", () => {
    expect(texts("h1")).toEqual(["A winning ticket: 7.6% of the weights reach 98.26%, all of them 97.84%"]);
    const lead = texts(".lead")[0];
    // One ticket: headline, sentences and tiles speak of the round that the command keeps.
    expect(lead).toContain(
      "At 7.6% the ticket ends at 98.26%, 0.42 points above dense, and stops 13% earlier",
    );
    expect(lead).toContain("new random weights ends at 95.10%, 3.16 points below the ticket");
    expect(lead).toContain("The most accurate ticket keeps 13.4% and ends at 98.78%");
    expect(texts(".tiles .value")).toEqual(["97.84%", "7.6%", "98.26%", "95.10%", "98.78%"]);
    expect(texts(".tiles dd")[3]).toBe("20,199 of 266,200");
  });
  test("has every section, each under its heading", () => {
    const ids = [...document.querySelectorAll("section")].map((section) =>
      section.getAttribute("aria-labelledby"),
    );
    expect(ids).toEqual([
      "accuracy",
      "early-stop",
      "curves",
      "layers",
      "survivors",
      "features",
      "rounds",
      "provenance",
    ]);
    for (const id of ids) expect(document.getElementById(id!)?.tagName).toBe("H2");
  });
  test("every drawing has a text, and ids stand once", () => {
    const drawings = [...document.querySelectorAll("svg:not([aria-hidden]), img")];
    expect(drawings.length).toBe(2 + 2 + 4 + 5 + 5 * 8);
    for (const drawing of drawings) {
      expect(drawing.getAttribute("aria-label") ?? drawing.getAttribute("alt")).toMatch(/\w{3,}/);
    }
    const ids = [...document.querySelectorAll("[id]")].map((element) => element.id);
    expect(new Set(ids).size).toBe(ids.length);
  });
  test("draws a mark, with its numbers, for every measurement", () => {
    for (const size of ["wide", "narrow"]) {
      const titles = texts(`.${size} title`, sectionOf("accuracy"));
      expect(titles.length).toBe(10 + 4 + 4);
      expect(titles).toContain("Ticket, 23.8% of the weights: 98.54% (98.49% to 98.62%)");
      const stops = texts(`.${size} title`, sectionOf("early-stop"));
      expect(stops.length).toBe(10 + 4 + 4);
      expect(stops.filter((title) => title?.endsWith("not reached")).length).toBe(3);
    }
    const labels = texts(".wide [data-mark='x-axis tick label'] text", sectionOf("accuracy"));
    expect(labels).toEqual(["100", "75.0", "56.3", "42.3", "31.7", "23.8", "17.9", "13.4", "10.1", "7.6"]);
    expect(texts("[data-mark$='tick label'] text")).not.toContain("");
    expect(text).not.toContain("NaN");
  });
  test("has bands only where there are several trials", () => {
    const bands = (page: Document) => page.querySelectorAll("[data-mark='area'] path").length;
    expect(bands(document)).toBe(2 * (3 + 3));
    expect(bands(parseHTML(reportHtml(sample(1))).document)).toBe(0);
  });
  test("the table of rounds has columns of the controls that were trained", () => {
    const rounds = input.result.rounds.map((round) => ({
      ...round,
      control: { ...round.control, shuffled: null },
    }));
    const { document } = parseHTML(reportHtml(changed({ rounds })));
    const heads = [...document.querySelectorAll(".rounds thead tr:first-child th")].map(
      (th) => th.textContent,
    );
    expect(heads).toContain("Same mask, new weights");
    expect(heads).not.toContain("Shuffled mask, same weights");
    const cells = [...document.querySelectorAll(".rounds tbody tr")].map((row) => row.children.length);
    const columns = document.querySelectorAll(".rounds thead tr:nth-child(2) th").length;
    expect(new Set(cells)).toEqual(new Set([columns]));
  });

  test("tables hold all rounds and layers", () => {
    const rows = sectionOf("rounds").querySelectorAll("tbody tr");
    expect(rows.length).toBe(10);
    expect(texts("th, td", rows[9])).toEqual([
      ...["9", "7.6%", "20,199", "98.26%98.20–98.32", "+0.42", "1,133", "98.17%"],
      ...["95.10%95.06–95.16", "not reached", "93.36%93.14–93.63", "not reached"],
    ]);
    expect(texts("tbody tr:nth-child(2) td", sectionOf("layers"))).toEqual([
      "75.0%176,400",
      "75.0%22,500",
      "87.0%870",
    ]);
    expect(sectionOf("curves").querySelectorAll("tbody tr").length).toBe(4 * 4);
  });
  test("says how to make it again", () => {
    expect(texts("pre")[0]).toBe(
      "npx golden-ticket find --preset quick --data mnist --method imp --hidden 300,100 --rounds 9 " +
        "--iterations 3000 --trials 3 --seed 7 --variant simd --rate 0.25 --output-rate 0.13 " +
        "--train-size 55000 --optimizer adam",
    );
    expect(texts("p", sectionOf("provenance"))[0]).toBe(
      "Iterative magnitude pruning: a network of 784 – 300 – 100 – 10 neurons was trained for 3,000 steps on mnist, " +
        "55,000 samples, then 9 sparser ones for as many steps each, down to 7.6% of the weights, all of it 3 times, " +
        "from seeds 7 to 9.",
    );
    expect(texts("dt", sectionOf("provenance"))).toContain("Pruned in a round, of each layer");
    expect(texts("dd", sectionOf("provenance"))).toContain(input.result.ticketSha256);
  });
});

describe("other results", () => {
  test("the dense network alone", () => {
    const { document } = parseHTML(reportHtml(changed({ rounds: input.result.rounds.slice(0, 1) }, [])));
    expect(document.querySelector("h1")?.textContent).toBe("The dense network: 97.84%");
    expect(document.querySelectorAll("section").length).toBe(6);
  });
  test("a ticket that loses, without controls, and a dense network that never stops", () => {
    const [dense, ...pruned] = input.result.rounds;
    const control = { reinitialised: null, shuffled: null };
    const rounds = [
      { ...dense, accuracy: 0.99, earlyStopIteration: null },
      ...pruned.map((round) => ({ ...round, control })),
    ];
    const { document } = parseHTML(reportHtml(changed({ rounds, method: "one-shot" })));
    expect(document.querySelector("h1")?.textContent).toBe(
      "With 13.4% of its weights: 98.78%, against 99.00% with all of them",
    );
    const lead = document.querySelector(".lead")?.textContent;
    expect(lead).toContain("where the other was still learning at the end");
    expect(lead).toContain(
      "No control with new weights was run at this density. No ticket reaches the dense network.",
    );
    expect(document.querySelectorAll("[aria-labelledby='accuracy'] .legend li").length).toBe(2);
  });
  test("perfect scores, empty histories, texts that are markup", () => {
    const hostile = '"><script>alert(1)</script>';
    const rounds = input.result.rounds.map((round) => ({
      ...round,
      accuracy: 1,
      layers: round.layers.map((layer) => ({ ...layer, name: hostile })),
      trials: [{ accuracy: 1, earlyStopIteration: null, earlyStopAccuracy: 1, history: [] }],
      control: { reinitialised: null, shuffled: null },
    }));
    const settings = { [hostile]: hostile };
    const page = reportHtml(
      changed({ rounds, settings, data: hostile, host: hostile, version: hostile, preset: hostile }),
    );
    const { document } = parseHTML(page);
    expect(document.querySelectorAll("script").length).toBe(0);
    expect(page).not.toContain("<script");
    expect(page).not.toContain("NaN");
    expect(document.querySelector("pre")?.textContent).toContain(`--data '${hostile}'`);
  });
  test("no round at all is refused", () => {
    expect(() => reportHtml(changed({ rounds: [] }))).toThrow(
      '"input.result.rounds" expected the dense round, got none',
    );
  });
});
