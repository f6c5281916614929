/**
 * `npm run docs`: the API reference, README and the guide as static pages in build/docs/. Every warning is an error.
 * Kernels and their plain twins are described by the header of the kernel's file.
 */
import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { install } from "./install.mjs";

process.chdir(fileURLToPath(new URL("..", import.meta.url)));
if (!install("scripts/docs")) process.exit(1);
const { Application, Comment, CommentTag, Converter, ReflectionKind } = await import(
  "./docs/node_modules/typedoc/dist/index.js"
);

/** Entries of the package, and the files behind them. */
const ENTRIES = {
  "golden-ticket": "index",
  "golden-ticket/slim": "slim",
  "golden-ticket/io": "io/index",
  "golden-ticket/onnx": "onnx/index",
  "golden-ticket/queue": "queue/index",
  "golden-ticket/reference": "reference/index",
  "golden-ticket/mnist": "mnist/index",
};
const PAGES = [
  "masks-and-kernels",
  "second-order",
  "strong-tickets",
  "finding-tickets",
  "where-it-runs",
  "machines",
];
/** Tables behind a type of names, and what only layers and kernels see. */
const NOT_EXPORTED = [
  ...["ACTIVATIONS", "INITS", "METHODS", "NEEDS", "SOLVERS", "VARIANTS", "Prepare"],
  "src/runtime/job.ts:Job",
  ...["src/reference/dense/ormqr.ts:Operands", "src/reference/dense/reals.ts:Reals"],
];
const { version } = JSON.parse(readFileSync("package.json", "utf8"));

/** The comment at the head of the kernel's file, as it stands there: equations, operands, costs. */
function headerOf(path) {
  const [, text] = /^\/\*\*([\s\S]*?)\*\//.exec(readFileSync(path, "utf8"));
  const lines = text.split("\n").map((line) => line.replace(/^ \* ?/, "").trimEnd());
  return lines.join("\n").trim();
}

/** Entries go by the names that programs import, pages by their titles. */
function nameModules({ project }) {
  for (const module of project.children) {
    const [{ fileName }] = module.sources;
    module.name = Object.keys(ENTRIES).find((name) => fileName === `src/${ENTRIES[name]}.ts`);
  }
  for (const page of project.documents) {
    [, page.name] = /^# (.*)/m.exec(readFileSync(`docs/${basename(page.name)}.md`, "utf8"));
  }
}

/** Topics by the folders that they are written in. */
const TOPICS = {
  "Cores, matrices, masks": ["tensor", "open", "opening", "slim", "runtime", "errors", "random"],
  "Networks and training": ["net", "saliency", "schedule"],
  Pruning: ["prune", "budget", "select"],
  "Tickets: finding them": ["search", "mnist"],
  "Strong tickets": ["ticket"],
  "Subset sums": ["subset-sum"],
  "Sparse formats and kernels": ["sparse", "generated"],
  "Linear algebra": ["linalg"],
  Experiments: ["interpolation"],
  Files: ["io"],
  "ONNX models": ["onnx"],
};

/** The API is long: what belongs together stands together. */
function groupByTopic({ project }) {
  for (const reflection of project.children.flatMap((module) => module.children ?? [])) {
    const [, folder, file] =
      /^src\/([\w-]+)(?:\/([\w-]+))?/.exec(reflection.sources?.[0].fileName ?? "") ?? [];
    const isTwin = folder === "reference";
    const topic = Object.keys(TOPICS).find((name) => TOPICS[name].includes(isTwin ? file : folder));
    const owner = reflection.signatures?.[0] ?? reflection;
    owner.comment ??= new Comment();
    const text = topic ?? "Others";
    owner.comment.blockTags.push(new CommentTag("@category", [{ kind: "text", text }]));
  }
}

/** Kernels and their plain twins get the header of the kernel's file. */
function describeKernels({ project }) {
  const kinds = ReflectionKind.CallSignature | ReflectionKind.Variable;
  for (const reflection of project.getReflectionsByKind(kinds)) {
    const path = (reflection.sources ?? reflection.parent.sources)?.[0].fileName ?? "";
    const isTwin = path.startsWith("src/reference/") && !reflection.hasComment();
    if (!isTwin && path !== "src/generated/kernels.ts") continue;
    const said = reflection.comment?.summary[0].text;
    const kernel = isTwin ? path.replace("src/reference/", "assembly/") : `${said.replace(/\/\w+$/, "")}.ts`;
    const twin = isTwin ? "The plain twin of the kernel in" : "The kernel in";
    reflection.comment = new Comment([
      { kind: "text", text: `${twin} ${kernel}${isTwin ? ", with arrays for pointers" : ""}:\n\n` },
      { kind: "code", text: `\`\`\`text\n${headerOf(kernel)}\n\`\`\`` },
    ]);
  }
}

const isOf = (reflection, kind) => reflection && (reflection.kindOf(kind) || isOf(reflection.parent, kind));

/** What its owner's comment says: members of object types without a name, what tells cases and errors apart. */
function saidByOwner(project) {
  const members = Object.values(project.reflections).filter((reflection) => {
    if (reflection.hasComment() || isOf(reflection, ReflectionKind.Parameter)) return false;
    if (!reflection.kindOf(ReflectionKind.Property | ReflectionKind.ConstructorSignature)) return false;
    const path = reflection.getFriendlyFullName();
    return /\.__type\b|\.kind$|\bArrayOf\.|Error\.(name|code)$|Options\.on(Progress|Result)$/.test(path);
  });
  return [...new Set(members.map((reflection) => reflection.getFriendlyFullName()))];
}

const app = await Application.bootstrap({
  name: `golden-ticket ${version}`,
  entryPoints: Object.values(ENTRIES).map((path) => `src/${path}.ts`),
  tsconfig: "tsconfig.json",
  readme: "README.md",
  projectDocuments: PAGES.map((name) => `docs/${name}.md`),
  disableGit: true,
  sourceLinkTemplate: "#",
  displayBasePath: ".",
  preservedTypeAnnotationTags: ["@throws"],
  validation: { notExported: true, invalidLink: true, notDocumented: true },
  intentionallyNotExported: NOT_EXPORTED,
  treatWarningsAsErrors: true,
  categorizeByGroup: false,
  navigation: { includeCategories: true },
  highlightLanguages: ["ts", "js", "sh", "json", "python", "text"],
  customCss: "scripts/docs/page.css",
});
app.converter.on(Converter.EVENT_RESOLVE_BEGIN, nameModules);
app.converter.on(Converter.EVENT_RESOLVE_BEGIN, describeKernels);
app.converter.on(Converter.EVENT_RESOLVE_BEGIN, groupByTopic);
const project = await app.convert();
if (!project) process.exit(1);
// Where something is defined is said, but leads nowhere: the pages do not know where the sources are published.
for (const { sources = [] } of Object.values(project.reflections))
  for (const source of sources) delete source.url;
app.options.setValue("intentionallyNotDocumented", saidByOwner(project));
app.validate(project);
await app.generateDocs(project, "build/docs");
if (app.logger.hasErrors() || app.logger.hasWarnings()) process.exit(1);
