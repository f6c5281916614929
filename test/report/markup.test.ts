import fc from "fast-check";
import { parseHTML } from "linkedom";
import { expect, test } from "vitest";
import { html, Markup } from "../../src/report/markup.js";

test("text is escaped, markup is not, nothing leaves nothing", () => {
  const inner = html`<b>${"\"<&'>"}</b>`;
  expect(inner.text).toBe("<b>&quot;&lt;&amp;&#39;&gt;</b>");
  expect(html`<p>${inner}${[1, [inner, "<"]]}${null}${undefined}${false}${0}</p>`.text).toBe(
    `<p>${inner.text}1${inner.text}&lt;0</p>`,
  );
  expect(html`${new Markup("<hr>")}`.text).toBe("<hr>");
});

test("no text gets out of its element or attribute", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary-ascii" }), (text) => {
      const { document } = parseHTML(html`<p title="${text}">${text}</p>`.text);
      expect(document.querySelectorAll("*").length).toBe(1);
      expect(document.querySelector("p")?.textContent).toBe(text);
      expect(document.querySelector("p")?.getAttribute("title")).toBe(text);
    }),
  );
});
