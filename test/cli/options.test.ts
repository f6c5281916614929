import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import {
  choice,
  configFile,
  flag,
  folder,
  inOptionNames,
  integer,
  integers,
  number,
  readOptions,
  UsageError,
} from "../../src/cli/options.js";
import { newFolder, removeFolders } from "./cli.js";

afterAll(removeFolders);

const specs = {
  rounds: integer("R", "", 0, 99),
  rate: number("P", "", 0, 1),
  controls: integers("R,S", "", 1, 99, "none"),
  method: choice("", "imp", "one-shot"),
  out: folder(""),
  json: flag(""),
  help: flag(""),
  config: configFile,
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

describe("options from a file", () => {
  /** The file, with this text or this value in it. */
  function fileOf(content: unknown): string {
    const path = join(newFolder(), "run.json");
    writeFileSync(path, typeof content === "string" ? content : JSON.stringify(content));
    return path;
  }

  test("are read as those of the command line, which go before", () => {
    const config = fileOf({ rounds: 3, rate: "0.25", controls: [3, 7], method: "imp", json: true });
    const all = { rounds: 3, rate: 0.25, controls: [3, 7], method: "imp", json: true };
    expect(read("--config", config)).toEqual({ ...all, config });
    expect(read("--rounds", "5", "--config", config, "--method=one-shot")).toEqual({
      ...all,
      rounds: 5,
      method: "one-shot",
      config,
    });
    const other = fileOf({ json: false, controls: "none", rounds: 0 });
    expect(read("--config", other)).toEqual({ controls: [], rounds: 0, config: other });
    const nothing = fileOf({});
    expect(read("--config", nothing)).toEqual({ config: nothing });
  });

  const wrong: [unknown, string][] = [
    [{ metod: "imp" }, 'FILE: unknown option "metod"; did you mean "method"?'],
    [{ "--rounds": 3 }, 'FILE: unknown option "--rounds"; did you mean "rounds"?'],
    [{ config: "other.json" }, 'FILE: unknown option "config"'],
    [{ help: true }, 'FILE: unknown option "help"'],
    ['{"__proto__": 1}', 'FILE: unknown option "__proto__"'],
    [{ rounds: 100 }, '"FILE: rounds" expected an integer from 0 to 99, got 100'],
    [{ rounds: null }, '"FILE: rounds" expected an integer from 0 to 99, got null'],
    [{ rounds: true }, '"FILE: rounds" expected an integer from 0 to 99, got true'],
    [{ rounds: { a: 1 } }, '"FILE: rounds" expected an integer from 0 to 99, got an object'],
    [{ method: "magic" }, '"FILE: method" expected imp or one-shot, got "magic"'],
    [{ json: "yes" }, '"FILE: json" expected true or false, got "yes"'],
    [{ json: 1 }, '"FILE: json" expected true or false, got 1'],
    [[], '"--config" expected a file with one JSON object, got Array(0) in FILE'],
    ["null", '"--config" expected a file with one JSON object, got null in FILE'],
    ['"text"', '"--config" expected a file with one JSON object, got "text" in FILE'],
  ];
  test.each(wrong)("%j is refused", (content, message) => {
    const path = fileOf(content);
    const reading = () => read("--config", path);
    expect(reading).toThrow(UsageError);
    expect(reading).toThrow(message.replaceAll("FILE", path));
  });

  test("is refused when it is no JSON, or not there", () => {
    const path = fileOf("{rounds: 3}");
    expect(() => read("--config", path)).toThrow(UsageError);
    expect(() => read("--config", path)).toThrow(`"--config" expected a file with JSON, got ${path} (`);
    expect(() => read("--config", "gone.json")).toThrow(
      '"--config" expected a file that can be read, got gone.json (ENOENT)',
    );
  });
});

test("messages of the library speak of the command's options and operands, behind the name of a file too", () => {
  const spec = { value: "E", help: "", expected: "", read: Number };
  const specs = { "max-error": spec, block: spec, pattern: spec };
  const divisor = '"options.pattern.columns" expected a divisor of 16 columns, got 5';
  expect(inOptionNames(divisor, specs)).toBe('"--block" expected a divisor of 16 columns, got 5');
  expect(inOptionNames('"options.maxError" expected 1, got undefined', specs)).toBe(
    '"--max-error" expected 1, got nothing',
  );
  expect(inOptionNames('m.onnx: "bytes" expected layers, found none', specs)).toBe(
    'm.onnx: "MODEL" expected layers, found none',
  );
});
