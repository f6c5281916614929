/**
 * The first key that stands twice in one object of a JSON text, undefined when there is none. JSON.parse
 * keeps the last of two equal keys silently, so a file could show one tensor here and another elsewhere.
 *
 * @param text  JSON that JSON.parse has accepted
 */
export function duplicateKey(text: string): string | undefined {
  const scopes: Set<string>[] = [];
  for (let at = 0; at < text.length; at++) {
    const mark = text[at];
    if (mark === "{" || mark === "[") scopes.push(new Set());
    else if (mark === "}" || mark === "]") scopes.pop();
    else if (mark === '"') {
      const end = closingQuote(text, at);
      if (isFollowedByColon(text, end + 1)) {
        const key = JSON.parse(text.slice(at, end + 1)) as string;
        const keys = scopes[scopes.length - 1];
        if (keys.has(key)) return key;
        keys.add(key);
      }
      at = end;
    }
  }
  return undefined;
}

function closingQuote(text: string, opening: number): number {
  let at = opening + 1;
  while (text[at] !== '"') at += text[at] === "\\" ? 2 : 1;
  return at;
}

function isFollowedByColon(text: string, from: number): boolean {
  let at = from;
  while (text[at] === " " || text[at] === "\n" || text[at] === "\r" || text[at] === "\t") at++;
  return text[at] === ":";
}
