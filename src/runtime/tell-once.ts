/** The one place that speaks to a person without having been asked: on the error stream, or a page's console. */

let told = false;

/** Says a thing, once in a thread, whatever it is called with later. */
export function tellOnce(text: string): void {
  if (told) return;
  told = true;
  console.warn(text);
}
