import { afterEach, describe, expect, test, vi } from "vitest";
import { bar, stageLine } from "../../src/cli/progress.js";

const progress = { jobsDone: 3, jobs: 19, stepsDone: 1000, steps: 4000, job: "trial-0/round-03/ticket" };

function drawing(columns = 200, isTTY = true) {
  const drawn: string[] = [];
  let ms = 0;
  const stream = {
    isTTY,
    columns,
    write: (text: string) => drawn.push(text),
  } as unknown as NodeJS.WriteStream;
  return { drawn, line: bar(stream, () => ms), wait: (more: number) => (ms += more) };
}

afterEach(() => vi.unstubAllEnvs());

describe("the bar", () => {
  test("shows share, trainings, accuracy, time gone and time left", () => {
    vi.stubEnv("NO_COLOR", "1");
    const { drawn, line, wait } = drawing();
    line.update(progress);
    wait(60_000);
    line.update({ ...progress, stepsDone: 2000, validationAccuracy: 0.9712 });
    expect(drawn.length).toBe(2);
    expect(drawn[1]).toBe(
      `\r\x1b[K${"█".repeat(12)}${"░".repeat(12)}  50%  3/19  ` +
        "trial 0 round 03 ticket  validation 97.12%  1:00  2:00 left",
    );
    line.end();
    expect(drawn[2]).toBe("\r\x1b[K");
  });

  test("is in colour unless NO_COLOR is set", () => {
    vi.stubEnv("NO_COLOR", "");
    const { drawn, line } = drawing();
    line.update(progress);
    expect(drawn[0]).toContain("\x1b[33m██████\x1b[39m░");
  });

  test("is not drawn more than ten times a second", () => {
    const { drawn, line, wait } = drawing();
    for (let i = 0; i < 100; i++) {
      line.update(progress);
      wait(10);
    }
    expect(drawn.length).toBe(10);
  });

  test("fits the terminal", () => {
    vi.stubEnv("NO_COLOR", "1");
    const { drawn, line } = drawing(40);
    line.update(progress);
    expect(drawn[0].replace("\r\x1b[K", "").length).toBe(39);
  });

  test("is silent where there is no terminal", () => {
    const { drawn, line } = drawing(80, false);
    line.update(progress);
    line.end();
    expect(drawn).toEqual([]);
  });
});

describe("the line of stages", () => {
  const drawing = (isTTY: boolean) => {
    const drawn: string[] = [];
    const stream = { isTTY, write: (text: string) => drawn.push(text) } as unknown as NodeJS.WriteStream;
    return { drawn, line: stageLine(stream) };
  };

  test("shows the layer if there is one, and the share; at most ten times a second", () => {
    const { drawn, line } = drawing(true);
    line.update({ stage: "build", layer: 1, layers: 3, done: 5, total: 20 });
    line.update({ stage: "build", layer: 1, layers: 3, done: 6, total: 20 });
    line.end();
    expect(drawn).toEqual(["\r\x1b[Kbuild layer 2/3  25%", "\r\x1b[K"]);
    const other = drawing(true);
    other.line.update({ stage: "search", done: 0, total: 0 });
    expect(other.drawn).toEqual(["\r\x1b[Ksearch  0%"]);
  });

  test("tells the time left by the share since it began", () => {
    const drawn: string[] = [];
    const stream = {
      isTTY: true,
      write: (text: string) => drawn.push(text),
    } as unknown as NodeJS.WriteStream;
    let ms = 0;
    const line = stageLine(stream, () => ms);
    const stage = { stage: "prune", layer: 1, layers: 3, done: 5, total: 20 };
    line.update({ ...stage, share: 0.5 });
    ms = 60_000;
    line.update({ ...stage, share: 0.6 });
    expect(drawn).toEqual(["\r\x1b[Kprune layer 2/3  25%", "\r\x1b[Kprune layer 2/3  25%  4:00 left"]);
  });

  test("is silent where there is no terminal", () => {
    const { drawn, line } = drawing(false);
    line.update({ stage: "search", done: 1, total: 2 });
    line.end();
    expect(drawn).toEqual([]);
  });
});
