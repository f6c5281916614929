import { parseHTML } from "linkedom";
import { expect, test } from "vitest";
import type { Figure } from "../../src/reproduce/contract.js";
import { type Row, reproductionsHtml } from "../../src/reproduce/page.js";

const row = (given: Partial<Row>): Row => ({
  ...{ name: "a-name", paper: "Somebody 1990", result: "a result", published: "1", measured: "2" },
  ...{ holds: true, seconds: 1.5 },
  ...given,
});

const CURVES: Figure = {
  title: "Curves <here>",
  x: "density",
  y: "accuracy",
  isXLogarithmic: true,
  rules: [{ x: 10, name: "the mark" }],
  series: [
    {
      name: "measured",
      points: [
        [1, 90, 89, 92],
        [100, 95],
      ],
    },
    {
      name: "formula",
      isFormula: true,
      points: [
        [1, 91],
        [100, 96],
      ],
    },
  ],
};
const ROWS: Figure = {
  title: "Rows",
  x: "method",
  y: "error",
  isYLogarithmic: true,
  categories: ["one", "another"],
  series: [
    {
      name: "error",
      points: [
        [0, 1e-5],
        [1, 0.2, 0.1, 0.3],
      ],
    },
  ],
};

function pageOf(...rows: Row[]) {
  const text = reproductionsHtml(rows, "1.2.3");
  expect(reproductionsHtml(rows, "1.2.3")).toBe(text);
  return { text, document: parseHTML(text).document };
}

test("curves: a dot a measured point, none on a formula's, ranges and marks, in two sizes", () => {
  const { text, document } = pageOf(row({ figures: [CURVES] }));
  const drawings = [...document.querySelectorAll("figure > div > svg")];
  expect(drawings).toHaveLength(2);
  for (const drawing of drawings) {
    expect(drawing.querySelectorAll("circle")).toHaveLength(2);
    expect(drawing.querySelectorAll('[data-mark="rule"] line')).toHaveLength(2);
    expect(drawing.textContent).toContain("the mark");
    expect(drawing.getAttribute("aria-label")).toBe("Curves <here>: accuracy against density");
  }
  expect(document.querySelectorAll(".legend li")).toHaveLength(2);
  expect(document.querySelector("h2:not(#all)")?.textContent).toBe("Curves <here>");
  expect(text.replace(/"[^"]*"/g, "")).not.toContain("<here>");
});

test("rows: each name, a dot for each value, ticks that can be read", () => {
  const { document } = pageOf(row({ figures: [ROWS] }));
  const [wide] = document.querySelectorAll("figure svg");
  expect(wide.querySelectorAll("circle")).toHaveLength(2);
  const ticks = [...wide.querySelectorAll("text")].map(({ textContent }) => textContent);
  expect(ticks).toEqual(expect.arrayContaining(["one", "another", "1e−5", "0.1"]));
  expect(document.querySelectorAll(".legend")).toHaveLength(0);
});

test("several figures stand side by side, tables below", () => {
  const table = { title: "A table", head: ["what", "how much"], rows: [["x & y", 3]], note: "So it is" };
  const { document } = pageOf(row({ figures: [CURVES, ROWS], tables: [table] }));
  expect(document.querySelectorAll(".panels figure > svg")).toHaveLength(2);
  const shown = document.querySelector(".few");
  expect(shown?.querySelector("caption")?.textContent).toBe("A table. So it is");
  expect([...(shown?.querySelectorAll("td") ?? [])].map((cell) => cell.textContent)).toEqual(["x & y", "3"]);
});

test("the table says what holds, what differs, by which rule, and how long it took", () => {
  const { document } = pageOf(
    row({ differs: "smaller", rule: "below 3", secondsOf: { searching: 1.25 } }),
    row({ name: "another", holds: false, figures: [CURVES] }),
  );
  expect(document.querySelector("h1")?.textContent).toBe("1 of 2 published results hold");
  const [first, second] = document.querySelectorAll(".results tbody tr");
  for (const text of ["here: smaller", "holds if below 3", "searching 1.25", "yes"]) {
    expect(first.textContent).toContain(text);
  }
  expect(first.querySelector("a")).toBeNull();
  expect(second.querySelector(".fails")?.textContent).toBe("no");
  expect(document.querySelector(second.querySelector("a")?.getAttribute("href") ?? "")).not.toBeNull();
});
