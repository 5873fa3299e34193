/**
 * Writes every action.yml and the reference pages of docs/ from what the code says: `node scripts/docs.mjs`. `--check` fails when a
 * file differs. Inputs and flags come from the table of requests, options from the schemas.
 */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const NOTE = "<!-- Written by scripts/docs.mjs: change the code, then run it. -->\n";

const pages = await withCompiledSources(async (load) => ({
  ...actionFiles(await load("action/metadata.js"), await load("engine/requests/table.js")),
  "docs/action.md": actionPage(await load("action/reference-page.js"), await load("engine/requests/table.js")),
  "docs/command-line.md": commandLinePage(await load("cli/run.js"), await load("cli/usage.js")),
  ...optionPages(await load("catalog.js"), await load("options/document.js")),
}));

if (process.argv.includes("--check")) check();
else write();

/** Compiles src/ into a folder beside node_modules, so that packages are found, and hands out its modules. */
async function withCompiledSources(work) {
  const lib = mkdtempSync(join(root, "node_modules", ".bake-ami-docs-"));
  try {
    const tsc = join(root, "node_modules", "typescript", "bin", "tsc");
    execFileSync(process.execPath, [tsc, "-p", "tsconfig.build.json", "--outDir", lib], {
      cwd: root,
      stdio: "inherit",
    });
    writeFileSync(join(lib, "package.json"), '{ "type": "module" }\n');
    return await work((module) => import(pathToFileURL(join(lib, module)).href));
  } finally {
    rmSync(lib, { recursive: true, force: true });
  }
}

function actionFiles({ ACTIONS, actionYaml }, { REQUESTS }) {
  return Object.fromEntries(Object.entries(ACTIONS).map(([name, { file }]) => [file, actionYaml(REQUESTS, name)]));
}

function actionPage({ actionPage: page }, { REQUESTS }) {
  return `${NOTE}\n${page(REQUESTS)}`;
}

function commandLinePage({ COMMANDS }, { commandUsage }) {
  const sections = COMMANDS.map((command) => `## ${command.name}\n\n\`\`\`text\n${commandUsage(command)}\n\`\`\`\n`);
  return [NOTE, "# The command line\n", ...sections].join("\n");
}

function optionPages({ catalog }, { documentOptions }) {
  const page = (title, kinds, intro) =>
    [
      NOTE,
      `# ${title}\n`,
      `${intro}\n`,
      ...[...kinds.values()].map((kind) => `## ${kind.type}\n\n${documentOptions(kind.schema)}`),
    ].join("\n");
  return {
    "docs/options/builders.md": page("Builders", catalog.builders, "Options of each builder, by name."),
    "docs/options/provisioners.md": page(
      "Provisioners",
      catalog.provisioners,
      "Options of each provisioner. `only`, `except`, `override`, `pause_before`, `max_retries` and `timeout` go with all of them.",
    ),
    "docs/options/post-processors.md": page(
      "Post-processors",
      catalog.postProcessors,
      "Options of each post-processor. `only`, `except`, `name` and `keep_input_artifact` go with all of them.",
    ),
  };
}

function write() {
  for (const [path, text] of Object.entries(pages)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
}

function check() {
  const stale = Object.entries(pages).filter(([path, text]) => !isCurrent(join(root, path), text));
  if (stale.length === 0) return console.log("docs say what the code says");
  console.error(`run "node scripts/docs.mjs": ${stale.map(([path]) => path).join(", ")}`);
  process.exitCode = 1;
}

function isCurrent(path, text) {
  return existsSync(path) && readFileSync(path, "utf8") === text;
}
