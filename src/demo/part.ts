/** What the parts of the page have in common: their form, status, progress and output. */

import type { Markup } from "../report/markup.js";
import { Stopped } from "./client.js";

/** A section of the page. */
export class Part {
  readonly form: HTMLFormElement;
  readonly main: HTMLButtonElement;
  readonly output: HTMLElement;
  readonly #section: HTMLElement;
  readonly #status: HTMLElement;
  readonly #progress: HTMLProgressElement;

  /** @param id  of the section */
  constructor(id: string) {
    this.#section = document.getElementById(id) as HTMLElement;
    this.form = this.one("form");
    this.main = this.one("button.main");
    this.output = this.one(".output");
    this.#status = this.one(".status");
    this.#progress = this.one("progress");
  }

  /** The first element that a selector finds in the section. */
  one<E extends Element>(selector: string): E {
    return this.#section.querySelector(selector) as E;
  }

  /** Puts a drawing or a table into an element. */
  put(selector: string, markup: Markup): void {
    this.one(selector).innerHTML = markup.text;
  }

  /** Says how things are, to eyes and to screen readers. */
  say(text: string, isFailure = false): void {
    // Told again, the same would be read aloud again.
    if (this.#status.textContent !== text) this.#status.textContent = text;
    this.#status.classList.toggle("failed", isFailure);
  }

  /** How far the work is, from 0 to 1; undefined when there is none. */
  set done(share: number | undefined) {
    this.#progress.hidden = share === undefined;
    this.#progress.value = share ?? 0;
  }

  /** A field's number. */
  number(name: string): number {
    return Number(this.#value(name));
  }

  /** A field's numbers, between commas. */
  numbers(name: string): number[] {
    return this.#value(name).split(",").map(Number);
  }

  /** Whether a box is ticked. */
  isChecked(name: string): boolean {
    return (this.form.elements.namedItem(name) as HTMLInputElement).checked;
  }

  /** Calls when the form is sent; its fields are valid then. */
  onSubmit(action: () => void): void {
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      action();
    });
  }

  /** Shows that work goes on until it ends, and why it ended if it failed. */
  async during(label: string, work: () => Promise<void>): Promise<void> {
    const name = this.main.textContent;
    this.main.disabled = true;
    this.main.textContent = label;
    this.done = 0;
    try {
      await work();
    } catch (error) {
      if (!(error instanceof Stopped)) this.fail(error);
    } finally {
      this.main.disabled = false;
      this.main.textContent = name;
      this.done = undefined;
    }
  }

  /** Says what went wrong. */
  fail(error: unknown): void {
    this.say(`That failed: ${error instanceof Error ? error.message : String(error)}`, true);
  }

  #value(name: string): string {
    return (this.form.elements.namedItem(name) as HTMLInputElement).value;
  }
}

/** A range of values, its text beside it. */
export class Slider {
  readonly #input: HTMLInputElement;
  readonly #text: HTMLOutputElement;
  readonly #format: (value: number) => string;

  /**
   * @param input  in a label with an output
   * @param format  a value as text
   * @param onChange  called when the visitor moves it
   */
  constructor(input: HTMLInputElement, format: (value: number) => string, onChange: (value: number) => void) {
    this.#input = input;
    this.#text = input.parentElement?.querySelector("output") as HTMLOutputElement;
    this.#format = format;
    input.addEventListener("input", () => {
      this.#tell();
      onChange(this.value);
    });
  }

  get value(): number {
    return Number(this.#input.value);
  }

  set value(value: number) {
    this.#input.value = String(value);
    this.#tell();
  }

  /** The largest value. */
  set most(most: number) {
    this.#input.max = String(most);
    this.#tell();
  }

  #tell(): void {
    const text = this.#format(this.value);
    this.#text.textContent = text;
    this.#input.setAttribute("aria-valuetext", text);
  }
}

/** Calls at most once a frame, with the newest state. */
export function eachFrame(draw: () => void): () => void {
  let waits = false;
  return () => {
    if (waits) return;
    waits = true;
    requestAnimationFrame(() => {
      waits = false;
      draw();
    });
  };
}
