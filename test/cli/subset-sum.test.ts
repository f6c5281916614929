import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { writeNpy } from "../../src/io/npy.js";
import { readSafetensors, writeSafetensors } from "../../src/io/safetensors.js";
import type { Tensor } from "../../src/io/tensor.js";
import { Random } from "../harness/random.js";
import { third } from "../harness/size.js";
import { cli, newFolder, removeFolders, start } from "./cli.js";

afterAll(removeFolders);

const [COUNT, VALUES] = [40, 9];

/** Pools and targets on disk, in both formats; targets are 4 × 10 in one of them. */
function files() {
  const folder = newFolder();
  const random = new Random(11);
  const path = (name: string) => join(folder, name);
  const real = (...shape: number[]) => {
    const data = random.uniform(shape.reduce((product, size) => product * size));
    return { dtype: "F32", shape, data } satisfies Tensor;
  };
  const [shared, own, targets] = [real(VALUES), real(COUNT, VALUES), real(COUNT)];
  const doubles = { dtype: "F64", shape: [4, 10], data: Float64Array.from(targets.data) } as const;
  writeFileSync(path("shared.npy"), writeNpy(shared));
  writeFileSync(path("targets.npy"), writeNpy(targets));
  const tensors = new Map<string, Tensor>([["own", own]]);
  writeFileSync(path("data.safetensors"), writeSafetensors(tensors.set("t", doubles)));
  return { folder, path, shared: shared.data, own: own.data, targets: targets.data };
}

const read = (path: string) => readSafetensors(new Uint8Array(readFileSync(path))).tensors;

/** The least residual of a subset, or within the tolerance the fewest values, then the least residual. */
function best(pool: Float32Array, target: number, tolerance?: number) {
  let found = { residual: Infinity, size: Infinity };
  for (let mask = 0; mask < 2 ** pool.length; mask++) {
    let [sum, size] = [0, 0];
    pool.forEach((value, i) => {
      if (!((mask >> i) & 1)) return;
      sum += value;
      size++;
    });
    const residual = Math.abs(target - sum);
    if (tolerance !== undefined && residual > tolerance) continue;
    const isFewer = tolerance !== undefined && size < found.size;
    const isNearer = residual < found.residual && (tolerance === undefined || size === found.size);
    if (isFewer || isNearer) found = { residual, size };
  }
  return found;
}

describe("subset-sum", () => {
  test.each(["shared", "own"])("a pool that is %s: every objective against brute force", async (kind) => {
    const { path, own, shared, targets } = files();
    const pool = kind === "own" ? `${path("data.safetensors")}:own` : path("shared.npy");
    const target = kind === "own" ? `${path("data.safetensors")}:t` : path("targets.npy");
    const poolOf = (t: number) => (kind === "own" ? own.subarray(t * VALUES, (t + 1) * VALUES) : shared);
    for (const objective of ["nearest", "fewest", "any"]) {
      const tolerance = objective === "nearest" ? undefined : 0.05;
      const out = path(`${objective}.safetensors`);
      const options = tolerance === undefined ? [] : ["--tolerance", String(tolerance)];
      const args = ["--pool", pool, "--targets", target, "--objective", objective, ...options, "--out", out];
      const { code, stdout, stderr } = await cli(["subset-sum", ...args, "--json"]);
      expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
      const printed = JSON.parse(stdout);
      expect(Object.keys(printed)).toEqual([
        "targets",
        "solved",
        "meanResidual",
        "maxResidual",
        "kept",
        "seconds",
      ]);
      const tensors = read(out);
      expect([...tensors.keys()].sort()).toEqual(["masks", "residuals", "status", "sums"]);
      const masks = tensors.get("masks")!;
      expect([masks.dtype, masks.shape]).toEqual(["U8", [COUNT, VALUES]]);
      const data = (name: string) => Array.from(tensors.get(name)!.data as Float64Array);
      const [status, sums, residuals] = ["status", "sums", "residuals"].map(data);
      let [solved, kept, most, total] = [0, 0, 0, 0];
      for (let t = 0; t < COUNT; t++) {
        const mask = (masks.data as Uint8Array).subarray(t * VALUES, (t + 1) * VALUES);
        const sum = poolOf(t).reduce((all, value, i) => (mask[i] ? all + value : all), 0);
        const size = mask.reduce((all, bit) => all + bit, 0);
        const wanted = best(poolOf(t), targets[t], tolerance);
        expect(status[t]).toBe(wanted.size === Infinity ? 2 : 1);
        if (status[t] !== 1) continue;
        expect([sums[t], residuals[t]]).toEqual([sum, Math.abs(targets[t] - sum)]);
        if (objective === "any") expect(residuals[t]).toBeLessThanOrEqual(0.05);
        else expect(residuals[t]).toBe(wanted.residual);
        if (objective === "fewest") expect(size).toBe(wanted.size);
        solved++;
        kept += size;
        most = Math.max(most, residuals[t]);
        total += residuals[t];
      }
      expect(printed).toMatchObject({ targets: COUNT, solved, kept, maxResidual: most });
      expect(printed.meanResidual).toBe(total / solved);
    }
  });

  test("one solver for each target finds what all of them find", async () => {
    const { path, targets, shared } = files();
    const args = ["subset-sum", "--pool", path("shared.npy"), "--targets", path("targets.npy")];
    const outs = [[], ["--solver", "exhaustive"], ["--solver", "branch-and-bound"]].map(async (solver, i) => {
      const out = path(`solver${i}.safetensors`);
      expect(await cli([...args, ...solver, "--out", out])).toMatchObject({ code: 0, stderr: "" });
      return Array.from(read(out).get("residuals")?.data as Float64Array);
    });
    for (const residuals of await Promise.all(outs)) {
      for (const [t, residual] of residuals.entries()) {
        expect(residual).toBeCloseTo(best(shared, targets[t]).residual, 12);
      }
    }
    const refused = await cli([...args, "--solver", "dynamic-programming"]);
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain('expected "any" for the solver "dynamic-programming", got "nearest"');
  });

  test("says it in words; a limit holds; none solved is null", async () => {
    const { path } = files();
    const args = ["subset-sum", "--pool", path("shared.npy"), "--targets", path("targets.npy")];
    const { code, stdout } = await cli([...args, "--limit", "2", "--out", path("o.safetensors")]);
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^ {2}targets +40, one pool of 9 values\n {2}solved +40; 0 impossible, 0 given up\n/,
    );
    const masks = read(path("o.safetensors")).get("masks")?.data as Uint8Array;
    for (let t = 0; t < COUNT; t++) {
      expect(masks.subarray(t * VALUES, (t + 1) * VALUES).reduce((sum, bit) => sum + bit, 0)).toBeLessThan(3);
    }
    const none = await cli([...args, "--objective", "any", "--tolerance", "1e-12", "--json"]);
    expect(JSON.parse(none.stdout)).toMatchObject({
      solved: 0,
      meanResidual: null,
      maxResidual: null,
      kept: 0,
    });
  });

  test.each<[string, (path: (name: string) => string) => string[], string]>([
    ["no pool", () => [], '"--pool" expected values, got nothing'],
    ["no targets", (path) => ["--pool", path("shared.npy")], '"--targets" expected numbers to reach'],
    [
      "a missing file",
      (path) => ["--pool", path("gone.npy"), "--targets", path("targets.npy")],
      '"--pool" expected a file that can be read',
    ],
    [
      "NaN",
      (path) => ["--pool", path("nan.npy"), "--targets", path("targets.npy")],
      '"--pool" expected finite numbers, got NaN at index 1 of ',
    ],
    [
      "numbers of a byte",
      (path) => ["--pool", path("shared.npy"), "--targets", path("bytes.safetensors")],
      '"--targets" expected whole numbers, F32, F64, F16 or BF16, got F8_E4M3 in ',
    ],
    [
      "a row too few",
      (path) => ["--pool", path("rows.npy"), "--targets", path("targets.npy")],
      '"--pool" expected 1 to 48 values, or 40 × 1 to 48, a row for each target, got shape [39, 2] in ',
    ],
    [
      "an empty pool",
      (path) => ["--pool", path("empty.npy"), "--targets", path("targets.npy")],
      "got shape [0] in ",
    ],
    [
      "no tolerance",
      (path) => ["--pool", path("shared.npy"), "--targets", path("targets.npy"), "--objective", "fewest"],
      '"--tolerance" expected a number for --objective fewest, got nothing',
    ],
    ["a tolerance below 0", () => ["--tolerance", "-1"], '"--tolerance" expected a number from 0 to'],
    [
      "a limit beyond the pool",
      (path) => ["--pool", path("shared.npy"), "--targets", path("targets.npy"), "--limit", "10"],
      '"--limit" expected at most 9, the values of a pool, got 10',
    ],
    ["an unknown objective", () => ["--objective", "best"], "expected nearest or any or fewest"],
    [
      "nothing to go on from",
      (path) => ["--pool", path("shared.npy"), "--targets", path("targets.npy"), "--resume"],
      '"--resume" expected the checkpoint of an interrupted run, got no ',
    ],
  ])("refuses %s in one line and writes nothing", async (_, args, message) => {
    const { folder, path } = files();
    const vector = (...values: number[]) => Float32Array.from(values);
    const npy = (name: string, tensor: Tensor) => writeFileSync(path(name), writeNpy(tensor));
    npy("nan.npy", { dtype: "F32", shape: [3], data: vector(1, NaN, 2) });
    const bytes: Tensor = { dtype: "F8_E4M3", shape: [2], data: Uint8Array.of(1, 2) };
    writeFileSync(path("bytes.safetensors"), writeSafetensors(new Map([["t", bytes]])));
    npy("rows.npy", { dtype: "F32", shape: [39, 2], data: new Float32Array(78) });
    npy("empty.npy", { dtype: "F32", shape: [0], data: vector() });
    const before = readdirSync(folder);
    const all = ["subset-sum", ...args(path), "--out", path("out.safetensors")];
    const { code, stdout, stderr } = await cli(all);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain(message);
    expect(stderr.trimEnd()).not.toContain("\n");
    expect(readdirSync(folder)).toEqual(before);
  });

  test("asks for a file to write before it works", async () => {
    const { path } = files();
    const args = ["subset-sum", "--pool", path("shared.npy"), "--targets", path("targets.npy")];
    const refusals = [
      [["--out", path("no/o.safetensors")], '"--out" expected a file in a folder that is there'],
      [["--out", path("o.npy")], '"--out" expected a .safetensors file'],
      [["--resume"], '"--out" expected a file beside --resume, got nothing'],
    ] as const;
    for (const [more, message] of refusals) {
      const { code, stderr } = await cli([...args, ...more]);
      expect(code).toBe(2);
      expect(stderr).toContain(message);
    }
  });
});

describe("an interrupted search", () => {
  const [many, wide] = [160_000, 24];

  function large() {
    const folder = newFolder();
    const random = new Random(12);
    const path = (name: string) => join(folder, name);
    const npy = (name: string, ...shape: number[]) => {
      const data = random.uniform(shape.reduce((product, size) => product * size));
      writeFileSync(path(name), writeNpy({ dtype: "F32", shape, data }));
    };
    npy("pool.npy", many, wide);
    npy("targets.npy", many);
    return {
      folder,
      path,
      args: ["subset-sum", "--pool", path("pool.npy"), "--targets", path("targets.npy")],
    };
  }

  test("goes on to the same bytes, with any number of workers", { timeout: 240_000 }, async () => {
    const { folder, path, args } = large();
    const whole = ["0", "2"].map(async (workers) => {
      const out = path(`${workers}.safetensors`);
      expect(await cli([...args, "--workers", workers, "--out", out])).toMatchObject({ code: 0 });
      return readFileSync(out);
    });
    const [one, two] = await Promise.all(whole);
    expect(two.equals(one)).toBe(true);

    const out = path("cut.safetensors");
    const checkpoint = `${out}.checkpoint`;
    const cuts = [
      ["SIGINT", "0"],
      ["SIGKILL", "2"],
    ] as const;
    for (const [signal, workers] of third(cuts)) {
      const { child, ended } = start([...args, "--workers", workers, "--checkpoint", "--out", out]);
      while (!existsSync(checkpoint) && child.exitCode === null)
        await new Promise((resolve) => setTimeout(resolve, 2));
      child.kill(signal);
      const { code, stdout, stderr } = await ended;
      expect(stdout).toBe("");
      expect(existsSync(out)).toBe(false);
      if (signal === "SIGINT") {
        expect(code).toBe(130);
        expect(stderr).toMatch(
          /^Interrupted; [1-9]\d* of \d+ targets are kept in .*\. Go on with the same command and --resume\.\n$/,
        );
        expect(stderr).toContain(` of ${many} targets `);
        expect(readdirSync(folder).filter((name) => name.endsWith(".tmp"))).toEqual([]);
        await refusesOthers(args, out, path("few.npy"));
      }
      const resumed = await cli([...args, "--workers", "0", "--resume", "--out", out, "--json"]);
      expect(resumed).toMatchObject({ code: 0, stderr: "" });
      expect(readFileSync(out).equals(one)).toBe(true);
      expect(existsSync(checkpoint)).toBe(false);
      rmSync(out);
    }
  });

  async function refusesOthers(args: readonly string[], out: string, other: string) {
    const checkpoint = readFileSync(`${out}.checkpoint`);
    writeFileSync(other, writeNpy({ dtype: "F32", shape: [2], data: Float32Array.of(1, 2) }));
    const go = ["--out", out, "--resume"];
    const refusals = [
      [["--out", out], '"--out" expected a file without an interrupted run, got '],
      [[...go, "--limit", "3"], '"--limit" expected nothing as the run was begun with, got 3'],
      [[...go, "--pool", other], '"--resume" expected the files that the run was begun with, got others'],
    ] as const;
    for (const [more, message] of refusals) {
      const { code, stderr } = await cli([...args, ...more]);
      expect(code).toBe(2);
      expect(stderr).toContain(message);
      expect(readFileSync(`${out}.checkpoint`).equals(checkpoint)).toBe(true);
    }
  }
});
