/** A pad to draw a digit on, which two networks read. */
import { html, type Markup } from "../../report/markup.js";
import { accuracy, density } from "../../report/words.js";
import type { Ask } from "../client.js";
import { eachFrame, type Part } from "../part.js";
import { centred, SIDE } from "./centre.js";
import type { Reading } from "./contract.js";

/** Canvas pixels a picture's pixel. */
const SCALE = 10;
const PEN = 2.1 * SCALE;
/** Of the pen that keys move. */
const STEP = SCALE;

/**
 * Brings the pad to life.
 *
 * @param part  that it is in
 * @param round  whose ticket reads; undefined while there is none
 * @returns tells it that the networks are others
 */
export function drawingPad(part: Part, ask: Ask, round: () => number | undefined): { changed(): void } {
  const canvas = part.one<HTMLCanvasElement>(".pad canvas");
  const ink = canvas.getContext("2d", { willReadFrequently: true }) as CanvasRenderingContext2D;
  let isEmpty = true;
  let asked = 0;
  const readings = (content: Markup) => part.put(".readings", content);
  const read = eachFrame(async () => {
    const at = round();
    const turn = ++asked;
    if (isEmpty || at === undefined) {
      readings(html`<p class="note">Draw a digit.</p>`);
      return;
    }
    const { data } = ink.getImageData(0, 0, canvas.width, canvas.height);
    const pixels = centred(data, canvas.width);
    try {
      const reading = await ask("read", { pixels, round: at }).result;
      if (turn === asked) readings(readingTable(reading));
    } catch (error) {
      part.fail(error);
    }
  });
  const clear = () => {
    ink.fillStyle = "#000";
    ink.fillRect(0, 0, canvas.width, canvas.height);
    isEmpty = true;
    read();
  };
  const stroke = (from: Point, to: Point) => {
    ink.strokeStyle = "#fff";
    ink.lineWidth = PEN;
    ink.lineCap = "round";
    ink.beginPath();
    ink.moveTo(from.x, from.y);
    ink.lineTo(to.x, to.y);
    ink.stroke();
    isEmpty = false;
    read();
  };
  followPointer(canvas, stroke);
  followKeys(part.one(".surface"), canvas.width, stroke, clear);
  part.one("[name=clear]").addEventListener("click", clear);
  part.one("[name=sample]").addEventListener("click", async () => {
    const { pixels } = await ask("digit", Math.floor(Math.random() * 1000)).result;
    clear();
    pixels.forEach((value, at) => {
      ink.fillStyle = `rgb(${value},${value},${value})`;
      ink.fillRect((at % SIDE) * SCALE, Math.floor(at / SIDE) * SCALE, SCALE, SCALE);
    });
    isEmpty = false;
    read();
  });
  clear();
  return { changed: read };
}

interface Point {
  readonly x: number;
  readonly y: number;
}

type Stroke = (from: Point, to: Point) => void;

function followPointer(canvas: HTMLCanvasElement, stroke: Stroke): void {
  let last: Point | undefined;
  const pointOf = ({ offsetX, offsetY }: PointerEvent): Point => {
    const scale = canvas.width / canvas.clientWidth;
    return { x: offsetX * scale, y: offsetY * scale };
  };
  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    last = pointOf(event);
    stroke(last, last);
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!last) return;
    const to = pointOf(event);
    stroke(last, to);
    last = to;
  });
  for (const end of ["pointerup", "pointercancel"] as const) {
    canvas.addEventListener(end, () => {
      last = undefined;
    });
  }
}

function followKeys(surface: HTMLElement, width: number, stroke: Stroke, clear: () => void): void {
  let pen = { x: width / 2, y: width / 4 };
  let isDown = false;
  const moves: Record<string, readonly [number, number]> = {
    ArrowLeft: [-1, 0],
    ArrowRight: [1, 0],
    ArrowUp: [0, -1],
    ArrowDown: [0, 1],
  };
  surface.addEventListener("keydown", (event) => {
    const move = moves[event.key];
    if (move) {
      const within = (value: number) => Math.min(Math.max(value, STEP), width - STEP);
      const to = { x: within(pen.x + STEP * move[0]), y: within(pen.y + STEP * move[1]) };
      if (isDown) stroke(pen, to);
      pen = to;
    } else if (event.key === " ") {
      isDown = !isDown;
      if (isDown) stroke(pen, pen);
    } else if (event.key === "Escape") {
      isDown = false;
      clear();
    } else return;
    event.preventDefault();
  });
}

function readingTable({ dense, ticket, density: share }: Reading): Markup {
  const [left, right] = [softmax(dense), softmax(ticket)];
  const best = [left, right].map((shares) => shares.indexOf(Math.max(...shares)));
  const rows = left.map((_, digit) => {
    const cell = (shares: number[]) => {
      const text = accuracy(shares[digit]);
      return html`<td><meter value="${shares[digit].toFixed(3)}" aria-label="${text}" title="${text}"></meter></td>`;
    };
    const mark = best.includes(digit) ? "best" : "";
    return html`<tr class="${mark}"><th scope="row">${digit}</th>${cell(left)}${cell(right)}</tr>`;
  });
  return html`<table><thead><tr><td></td><th scope="col">dense: ${best[0]}</th>
<th scope="col">${density(share)}: ${best[1]}</th></tr></thead><tbody>${rows}</tbody></table>`;
}

function softmax(logits: Float32Array): number[] {
  const most = Math.max(...logits);
  const powers = Array.from(logits, (logit) => Math.exp(logit - most));
  const sum = powers.reduce((total, power) => total + power, 0);
  return powers.map((power) => power / sum);
}
