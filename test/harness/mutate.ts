/**
 * Makes small mistakes in a built kernel, one at a time, to see whether its test notices. Works on the text
 * form of the binary: every instruction stands on a line of its own. Node only.
 */
import binaryen from "binaryen";

export interface Mutant {
  /** The line that was changed and what it became. */
  readonly what: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** More loop rounds than any test needs: a mutant that does not end runs into a trap instead. */
const FUEL = 3_000_000;

/** One instruction for another that takes and gives the same types. */
const SWAPS: Record<string, string> = {
  "f32x4.add": "f32x4.sub",
  "f32x4.sub": "f32x4.add",
  "f32x4.mul": "f32x4.add",
  "f64x2.add": "f64x2.sub",
  "f64x2.sub": "f64x2.add",
  "f64x2.mul": "f64x2.add",
  "f32.add": "f32.sub",
  "f32.sub": "f32.add",
  "f32.mul": "f32.add",
  "f64.add": "f64.sub",
  "f64.sub": "f64.add",
  "f64.mul": "f64.add",
  "f32.lt": "f32.le",
  "f32.gt": "f32.ge",
  "f64.lt": "f64.le",
  "f64.gt": "f64.ge",
  "i32.add": "i32.sub",
  "i32.sub": "i32.add",
  "i32.lt_u": "i32.le_u",
  "i32.lt_s": "i32.le_s",
  "i32.gt_u": "i32.ge_u",
  "i32.gt_s": "i32.ge_s",
  "i32.le_u": "i32.lt_u",
  "i32.le_s": "i32.lt_s",
  "i32.ge_u": "i32.gt_u",
  "i32.ge_s": "i32.gt_s",
  "i32.and": "i32.or",
  "i32.or": "i32.and",
  "v128.and": "v128.or",
  "v128.or": "v128.and",
};

/**
 * Mutants of a kernel and of the helpers it calls; other kernels it calls are tried by themselves.
 * @param most  at most so many, taken at even distances
 * @returns the original with fuel, whose verdict must be "no mistake", and the mutants
 */
export function mutantsOf(
  wasm: Uint8Array,
  kernel: string,
  most: number,
): { original: Mutant; mutants: Mutant[] } {
  const { lines, spared } = textOf(wasm, kernel);
  let name = "";
  const places = lines.flatMap((line, at) => {
    name = /^ \(func \$(\S+)/.exec(line)?.[1] ?? name;
    return spared.has(name) ? [] : changesOf(line).map((changed) => ({ at, changed }));
  });
  const step = Math.max(1, places.length / most);
  const chosen = Array.from(
    { length: Math.min(most, places.length) },
    (_, i) => places[Math.floor(i * step)],
  );
  return {
    original: { what: "nothing", bytes: assemble(lines) },
    mutants: chosen.map(({ at, changed }) => ({
      what: `line ${at + 1}: ${lines[at].trim()} became ${changed.trim()}`,
      bytes: assemble(lines.with(at, changed)),
    })),
  };
}

/** The module with one kernel and what it needs, and the functions in it that are not that kernel's own. */
function textOf(wasm: Uint8Array, kernel: string): { lines: string[]; spared: Set<string> } {
  const module = binaryen.readBinary(wasm);
  const exported = Array.from({ length: module.getNumExports() }, (_, i) =>
    binaryen.getExportInfo(module.getExportByIndex(i)),
  );
  const others = exported.filter(({ name }) => name !== kernel && name !== "heap_base");
  for (const { name } of others) module.removeExport(name);
  module.runPasses(["remove-unused-module-elements"]);
  const text = module.emitText();
  module.dispose();
  const start = /\(start \$(\S+)\)/.exec(text)?.[1] ?? "";
  return { lines: text.split("\n"), spared: new Set([start, ...others.map(({ value }) => value)]) };
}

function changesOf(line: string): string[] {
  const [, opcode, constant] = /^\s*\(([\w.]+)(?: (-?\d+)\)*)?$/.exec(line) ?? [];
  if (opcode === "i32.const") {
    const value = Number(constant);
    return [value + 1, value - 1].map((other) => line.replace(/-?\d+(?=\)*$)/, String(other)));
  }
  return Object.hasOwn(SWAPS, opcode ?? "") ? [line.replace(opcode, SWAPS[opcode])] : [];
}

/** Text to bytes, with a count in every loop that traps when the fuel is used up. */
function assemble(lines: string[]): Uint8Array<ArrayBuffer> {
  const burn =
    "(global.set $fuel (i32.sub (global.get $fuel) (i32.const 1)))" +
    "(if (i32.eqz (global.get $fuel)) (then (unreachable)))";
  const fuelled = lines.map((line) => (/^\s*\(loop\b/.test(line) ? line + burn : line)).join("\n");
  const end = fuelled.lastIndexOf(")");
  const module = binaryen.parseText(`${fuelled.slice(0, end)}(global $fuel (mut i32) (i32.const ${FUEL})))`);
  module.setFeatures(binaryen.Features.All);
  const bytes = new Uint8Array(module.emitBinary());
  module.dispose();
  return bytes;
}
