/**
 * Builds dist/ from src/: `npm run build`. `npm run build -- --check` builds into a temporary folder and fails when dist/ differs.
 *
 * tsc writes lib/ as ES modules; ncc bundles its one entry into CommonJS with a chunk for every `import()`; esbuild takes the white
 * space out. Why CommonJS: packages inside use __dirname. Why chunks: what a command does not need is not even parsed.
 */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { transformSync } from "esbuild";
import { TEXT_FILE, textModule } from "./text-module.mjs";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const dist = join(root, "dist");

/** Launchers: what action.yml and package.json name, and the door of the bundle that each opens. */
const LAUNCHERS = {
  "main.js": "main",
  "rehearse.js": "rehearse",
  "sweep.js": "sweep",
  "prune.js": "prune",
  "promote.js": "promote",
  "matrix.js": "matrix",
  "post.js": "post",
  "cli.js": "cli",
};

if (process.argv.includes("--check")) check();
else build(dist);

/** Bundles src/ into `folder`, which is replaced. */
function build(folder) {
  const lib = join(root, "lib");
  rmSync(lib, { recursive: true, force: true });
  run("typescript", "bin/tsc", ["-p", "tsconfig.build.json"]);
  writeTextModules(lib);
  // A package.json without "type" beside the sources makes ncc write CommonJS.
  writeFileSync(join(lib, "package.json"), "{}\n");
  rmSync(folder, { recursive: true, force: true });
  run("@vercel/ncc", "dist/ncc/cli.js", [
    "build",
    join(lib, "index.js"),
    "--out",
    folder,
    "--license",
    "licenses.txt",
    "--no-cache",
    "--quiet",
  ]);
  tidy(folder);
  minify(folder);
  writeLaunchers(folder);
  rmSync(lib, { recursive: true, force: true });
}

/** tsc leaves scripts for other interpreters where they are: in lib/ each becomes a module, which ncc puts into the chunk that uses it. */
function writeTextModules(lib) {
  const src = join(root, "src");
  for (const file of filesIn(src).filter((name) => TEXT_FILE.test(name))) {
    mkdirSync(dirname(join(lib, file)), { recursive: true });
    writeFileSync(join(lib, file), textModule(readFileSync(join(src, file), "utf8")));
  }
}

function run(name, script, args) {
  execFileSync(process.execPath, [join(root, "node_modules", name, script), ...args], {
    cwd: root,
    stdio: ["ignore", "ignore", "inherit"],
  });
}

/** ncc copies ssh2's Windows helper and any native addon that is built on this machine; neither is used. */
function tidy(folder) {
  for (const file of filesIn(folder)) {
    if (/\.node$|(^|[\\/])pagent\.exe$/.test(file)) rmSync(join(folder, file));
  }
}

/** White space and syntax only: names stay, so that stacks can be read. Licence comments are in licenses.txt. */
function minify(folder) {
  for (const file of filesIn(folder)) {
    if (!file.endsWith(".js")) continue;
    const path = join(folder, file);
    const { code } = transformSync(readFileSync(path, "utf8"), {
      charset: "utf8",
      legalComments: "none",
      minifySyntax: true,
      minifyWhitespace: true,
      platform: "node",
      target: "node20",
    });
    writeFileSync(path, code);
  }
}

function writeLaunchers(folder) {
  writeFileSync(join(folder, "package.json"), '{ "type": "commonjs" }\n');
  for (const [file, door] of Object.entries(LAUNCHERS)) {
    const shebang = file === "cli.js" ? "#!/usr/bin/env node\n" : "";
    writeFileSync(join(folder, file), `${shebang}"use strict";\nrequire("./index.js").${door}();\n`, { mode: 0o755 });
  }
}

/** Fails when the committed dist/ is not what the sources build. */
function check() {
  const fresh = mkdtempSync(join(tmpdir(), "bake-ami-dist-"));
  try {
    build(fresh);
    const names = new Set([...filesIn(fresh), ...(existsSync(dist) ? filesIn(dist) : [])]);
    const changed = [...names].sort().filter((name) => !same(join(fresh, name), join(dist, name)));
    if (changed.length === 0) return console.log("dist is what the sources build");
    console.error(`dist is not what the sources build; run "npm run build". Different: ${changed.join(", ")}`);
    process.exitCode = 1;
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
}

function same(a, b) {
  return existsSync(a) && existsSync(b) && readFileSync(a).equals(readFileSync(b));
}

function filesIn(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)));
}
