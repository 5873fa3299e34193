/**
 * Builds dist/ from src/: `npm run build`. `npm run build -- --check` builds into a temporary directory and fails if dist/ differs.
 *
 * tsc writes lib/ as ES modules. sdk-clients.mjs removes what is not used from the AWS SDK's large clients. ncc bundles lib/index.js into CommonJS, with a chunk for every `import()`. esbuild removes white
 * space. CommonJS, because some packages use __dirname. Chunks, so that Node does not parse code that a command does not use.
 */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { transformSync } from "esbuild";
import { CLIENTS, writeClients } from "./sdk-clients.mjs";
import { TEXT_FILE, textModule } from "./text-module.mjs";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const dist = join(root, "dist");

/** Launchers that action.yml and package.json name, each with the function of the bundle that it calls. */
const LAUNCHERS = {
  "main.js": "main",
  "plan.js": "plan",
  "rehearse.js": "rehearse",
  "sweep.js": "sweep",
  "prune.js": "prune",
  "promote.js": "promote",
  "matrix.js": "matrix",
  "post.js": "post",
  "cli.js": "cli",
};

if (process.argv.includes("--check")) await check();
else await build(dist);

/** Bundles src/ into `folder`; replaces its contents. */
async function build(folder) {
  const lib = join(root, "lib");
  rmSync(lib, { recursive: true, force: true });
  run("typescript", "bin/tsc", ["-p", "tsconfig.build.json"]);
  writeTextModules(lib);
  await useOwnClients(lib);
  // With a package.json without "type" next to the sources, ncc writes CommonJS.
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
  addLicenses(folder);
  minify(folder);
  writeLaunchers(folder);
  rmSync(lib, { recursive: true, force: true });
}

/** Writes scripts for other interpreters, which tsc does not copy, to lib/ as modules. ncc puts each into the chunk that imports it. */
function writeTextModules(lib) {
  const src = join(root, "src");
  for (const file of filesIn(src).filter((name) => TEXT_FILE.test(name))) {
    mkdirSync(dirname(join(lib, file)), { recursive: true });
    writeFileSync(join(lib, file), textModule(readFileSync(join(src, file), "utf8")));
  }
}

/** Replaces the large clients of the AWS SDK by those of sdk-clients.mjs. */
async function useOwnClients(lib) {
  const files = filesIn(lib).filter((name) => name.endsWith(".js"));
  const clients = await writeClients([lib], join(lib, "aws-sdk"));
  for (const file of files) {
    const path = join(lib, file);
    let text = readFileSync(path, "utf8");
    for (const [name, client] of clients) {
      const specifier = relative(dirname(path), client).replaceAll("\\", "/");
      text = text.replaceAll(`"${name}"`, `"${specifier.startsWith(".") ? specifier : `./${specifier}`}"`);
    }
    writeFileSync(path, text);
  }
}

/** Adds the licenses of the clients of sdk-clients.mjs, whose package ncc does not see, in its form. */
function addLicenses(folder) {
  const path = join(folder, "licenses.txt");
  const added = CLIENTS.map((name) => {
    const home = join(root, "node_modules", name);
    const { license } = JSON.parse(readFileSync(join(home, "package.json"), "utf8"));
    return `${name}\n${license}\n${readFileSync(join(home, "LICENSE"), "utf8").trim()}\n`;
  });
  writeFileSync(path, `${readFileSync(path, "utf8").trimEnd()}\n\n${added.join("\n")}`);
}

function run(name, script, args) {
  execFileSync(process.execPath, [join(root, "node_modules", name, script), ...args], {
    cwd: root,
    stdio: ["ignore", "ignore", "inherit"],
  });
}

/** Removes ssh2's Windows helper and native addons, which ncc copies and nothing uses. */
function tidy(folder) {
  for (const file of filesIn(folder)) {
    if (/\.node$|(^|[\\/])pagent\.exe$/.test(file)) rmSync(join(folder, file));
  }
}

/** Minifies white space and syntax. Names stay, so that stack traces are readable. License comments are in licenses.txt. */
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
  for (const [file, entry] of Object.entries(LAUNCHERS)) {
    const shebang = file === "cli.js" ? "#!/usr/bin/env node\n" : "";
    writeFileSync(join(folder, file), `${shebang}"use strict";\nrequire("./index.js").${entry}();\n`, { mode: 0o755 });
  }
}

/** Fails if the committed dist/ differs from a new build. */
async function check() {
  const fresh = mkdtempSync(join(tmpdir(), "bake-ami-dist-"));
  try {
    await build(fresh);
    const names = new Set([...filesIn(fresh), ...(existsSync(dist) ? filesIn(dist) : [])]);
    const changed = [...names].sort().filter((name) => !same(join(fresh, name), join(dist, name)));
    if (changed.length === 0) return console.log("dist/ is up to date");
    console.error(`dist/ is not up to date: ${changed.join(", ")}. Run "npm run build".`);
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
