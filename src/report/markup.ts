/** HTML by template: whatever is inserted is escaped, unless it is markup already. */

/** HTML that may be inserted as it stands. */
export class Markup {
  constructor(readonly text: string) {}
}

/** What a template takes; null, undefined and false leave nothing. */
export type Insert = Markup | string | number | null | undefined | false | readonly Insert[];

const entities: Record<string, string> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

function textOf(value: Insert): string {
  if (value === null || value === undefined || value === false) return "";
  if (value instanceof Markup) return value.text;
  if (typeof value === "object") return value.map(textOf).join("");
  return String(value).replace(/[&<>"']/g, (mark) => entities[mark]);
}

/** A piece of HTML; insertions are safe as text and inside quoted attributes. */
export function html(strings: TemplateStringsArray, ...values: Insert[]): Markup {
  return new Markup(strings.reduce((text, next, index) => text + textOf(values[index - 1]) + next));
}
