/** `npx tsx scripts/operators.ts`: writes the table of operators into docs/running-models.md. */
import { readFileSync, writeFileSync } from "node:fs";
import { argv } from "node:process";
import { fileURLToPath } from "node:url";
import { RULES } from "../src/graph/tfjs-operators.js";
import { OPERATORS } from "../src/ops/index.js";

const PAGE = new URL("../docs/running-models.md", import.meta.url);
const PART = /(?<=<!-- operators -->\n)[\s\S]*(?=<!-- end -->)/;

/** The page with its table as the code has it. */
export function withOperators(page: string): string {
  if (!PART.test(page)) throw new Error("the page expected the marks of the operators, found none");
  const names = Object.keys(OPERATORS).sort();
  const [fast, plain] = [true, false].map((isFast) =>
    names.filter((name) => Boolean(OPERATORS[name].lower) === isFast),
  );
  const rows = [
    [`ONNX, with kernels (${fast.length})`, fast],
    [`ONNX, in plain JavaScript (${plain.length})`, plain],
    [`TensorFlow.js (${Object.keys(RULES).length})`, Object.keys(RULES).sort()],
  ] as const;
  const table = rows.map(([title, list]) => `| ${title} | ${list.join(", ")} |\n`).join("");
  return page.replace(PART, () => `| format | operators |\n|---|---|\n${table}`);
}

if (argv[1] === fileURLToPath(import.meta.url))
  writeFileSync(PAGE, withOperators(readFileSync(PAGE, "utf8")));
