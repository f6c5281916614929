import { describe, expect, test } from "vitest";
import {
  choice,
  flag,
  folder,
  integer,
  integers,
  number,
  readOptions,
  UsageError,
} from "../../src/cli/options.js";

const specs = {
  rounds: integer("R", "", 0, 99),
  rate: number("P", "", 0, 1),
  controls: integers("R,S", "", 1, 99, "none"),
  method: choice("", "imp", "one-shot"),
  out: folder(""),
  json: flag(""),
};
const read = (...args: string[]) => readOptions(specs, args);

describe("options", () => {
  test("are read with their types", () => {
    expect(read("--rounds", "3", "--rate=.25", "--controls", "3, 7", "--method=one-shot", "--json")).toEqual({
      rounds: 3,
      rate: 0.25,
      controls: [3, 7],
      method: "one-shot",
      json: true,
    });
    expect(read("--controls", "none", "--out=--odd", "--rate", "1e-3")).toEqual({
      controls: [],
      out: "--odd",
      rate: 0.001,
    });
    expect(read()).toEqual({});
  });

  test("given twice: the last counts", () => {
    expect(read("--rounds", "3", "--rounds", "4")).toEqual({ rounds: 4 });
  });

  const wrong: [string[], string][] = [
    [["--rounds", "1.5"], '"--rounds" expected an integer from 0 to 99, got "1.5"'],
    [["--rounds", "100"], '"--rounds" expected an integer from 0 to 99, got "100"'],
    [["--rounds", "-1"], '"--rounds" expected an integer from 0 to 99, got "-1"'],
    [["--rounds", "0x10"], '"--rounds" expected an integer from 0 to 99, got "0x10"'],
    [["--rounds", ""], '"--rounds" expected an integer from 0 to 99, got ""'],
    [["--rounds"], '"--rounds" expected an integer from 0 to 99, got nothing'],
    [["--rounds", "--json"], '"--rounds" expected an integer from 0 to 99, got nothing'],
    [["--rate", "NaN"], '"--rate" expected a number from 0 to 1, got "NaN"'],
    [["--rate", "0.5x"], '"--rate" expected a number from 0 to 1, got "0.5x"'],
    [["--rate", "1.01"], '"--rate" expected a number from 0 to 1, got "1.01"'],
    [
      ["--controls", "3,,7"],
      '"--controls" expected integers from 1 to 99 with commas between, or none, got "3,,7"',
    ],
    [
      ["--controls", "3,0"],
      '"--controls" expected integers from 1 to 99 with commas between, or none, got "3,0"',
    ],
    [["--method", "magic"], '"--method" expected imp or one-shot, got "magic"'],
    [["--out="], '"--out" expected a folder, got ""'],
    [["--json=yes"], '"--json" expected no value, got "yes"'],
    [["--metod", "imp"], 'unknown option "--metod"; did you mean "--method"?'],
    [["-r", "3"], 'unknown option "-r"'],
    [["--completely-different"], 'unknown option "--completely-different"'],
    [["--toString"], 'unknown option "--toString"'],
    [["runs"], 'unexpected argument "runs"'],
    [["--", "--json"], 'unexpected argument "--json"'],
  ];
  test.each(wrong)("%j is refused", (args, message) => {
    expect(() => read(...args)).toThrow(UsageError);
    try {
      read(...args);
    } catch (error) {
      expect((error as Error).message).toBe(message);
    }
  });
});
