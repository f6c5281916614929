/** Names of files, layers and tensors as a terminal can take them. */

/** What a terminal would obey rather than show: control characters, and marks that turn the direction of text. */
const UNSEEN = /[\p{Cc}\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

/**
 * A text with nothing in it that a terminal obeys: such characters become \xHH or \u{HHHH}.
 *
 * @param text  of one line
 */
export function printable(text: string): string {
  return text.replace(UNSEEN, (character) => {
    const code = (character.codePointAt(0) as number).toString(16);
    return code.length > 2 ? `\\u{${code}}` : `\\x${code.padStart(2, "0")}`;
  });
}

/**
 * A word that a shell takes for this text: as it is where that is safe, else in quotes.
 *
 * @param text  e.g. the name of a file
 */
export function shellWord(text: string): string {
  if (/^[\w@%+=:,./-]+$/.test(text)) return text;
  if (text.search(UNSEEN) < 0) return `'${text.replaceAll("'", "'\\''")}'`;
  const bytes = (character: string) =>
    Array.from(
      new TextEncoder().encode(character),
      (byte) => `\\x${byte.toString(16).padStart(2, "0")}`,
    ).join("");
  return `$'${text.replace(/[\\']/g, "\\$&").replace(UNSEEN, bytes)}'`;
}
