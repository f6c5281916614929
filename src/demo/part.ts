/** What the parts of the page have in common: their form, status, progress and output. */

import type { Markup } from "../report/markup.js";
import { Stopped } from "./client.js";

/** Work that a form starts. */
export interface Work<Result> {
  /** Of the button that stops it. */
  readonly stop: string;
  start(): { readonly result: Promise<Result>; stop(): void };
  finish(result: Result): void;
  stopped(): void;
}

/** A section of the page. */
export class Part {
  readonly form: HTMLFormElement;
  readonly main: HTMLButtonElement;
  readonly output: HTMLElement;
  readonly #section: HTMLElement;
  readonly #status: HTMLElement;
  readonly #progress: HTMLProgressElement;
  /** Parts at work; one after the other has the worker. */
  static #working = 0;
  /** While it works. */
  #stop: (() => void) | undefined;

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

  /** Does the work when the form is sent; the main button stops it, and its fields rest meanwhile. */
  onSubmit<Result>(work: Work<Result>): void {
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (this.#stop) this.#stop();
      else void this.run(work);
    });
  }

  /** Does the work now. */
  async run<Result>(work: Work<Result>): Promise<void> {
    const { main } = this;
    const fields = this.one<HTMLFieldSetElement>("fieldset");
    const name = main.textContent;
    this.say(Part.#working > 0 ? "Waiting for the part that is at work …" : "Getting ready …");
    Part.#working++;
    let end: () => void;
    try {
      const { result, stop } = work.start();
      this.#stop = () => {
        main.textContent = "Stopping …";
        stop();
      };
      this.done = 0;
      fields.disabled = true;
      main.textContent = work.stop;
      const value = await result;
      end = () => work.finish(value);
    } catch (error) {
      end = () => (error instanceof Stopped ? work.stopped() : this.fail(error));
    }
    Part.#working--;
    this.#stop = undefined;
    this.done = undefined;
    fields.disabled = false;
    main.textContent = name;
    end();
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

/**
 * Calls at most once a frame, with the newest state.
 *
 * @param draw  to be called
 * @param ms  to wait for more instead, for drawings that take long
 */
export function eachFrame(draw: () => void, ms = 0): () => void {
  let waits = false;
  return () => {
    if (waits) return;
    waits = true;
    const now = () => {
      waits = false;
      draw();
    };
    if (ms > 0) setTimeout(now, ms);
    else requestAnimationFrame(now);
  };
}
