import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join, normalize, relative } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { runReally } from "./running.js";

/**
 * Packer itself as the judge of HCL2 templates. BAKE_AMI_PACKER is the program, with the plugins amazon, ansible and docker where
 * PACKER_PLUGIN_PATH says; BAKE_AMI_TEMPLATES a folder with `open.tsv` and `open/`, BAKE_AMI_PACKER_FIXTURES Packer's own templates.
 */
const { BAKE_AMI_PACKER: packer, BAKE_AMI_TEMPLATES: corpus, BAKE_AMI_PACKER_FIXTURES: fixtures } = process.env;
const templates = packer ? [...corpusTemplates(), ...fixtureTemplates()] : [];
if (templates.length === 0) {
  process.stderr.write(
    "HCL2 templates are not held against Packer: BAKE_AMI_PACKER names no program, or there are none.\n",
  );
}

/** What Packer refuses and we do not, each a row of docs/fidelity.md. */
const WANTED = [
  /is likely part of a plugin that is not installed/,
  /hcp_packer_registry/,
  /Blocks of type "\w+" are not expected here\. Did you mean (to define argument|"(run_)?tag")/,
  /<unknown>|Direction must be one of/,
];
/** Options of these builders are not read here: a bake refuses them by name. */
const REFUSED_BUILDER = /Builder "[\w-]+" is not supported/;
/** And what we refuse and Packer does not. */
const WANTED_HERE = [/Two builds have the name/];

const ENVIRONMENT = {
  AWS_ACCESS_KEY_ID: "test",
  AWS_SECRET_ACCESS_KEY: "test",
  AWS_REGION: "us-east-1",
  AWS_ENDPOINT_URL: "http://127.0.0.1:9",
  AWS_EC2_METADATA_DISABLED: "true",
};

(templates.length > 0 ? describe : describe.skip)("HCL2 templates get Packer's verdict", () => {
  test.each(templates)(
    "$root $path",
    async ({ root, path, from }) => {
      const copy = mkdtempSync(join(tmpdir(), "bake-ami-verdict-"));
      try {
        cpSync(root, join(copy, "t"), { recursive: true });
        dropRequiredPlugins(copy);
        const cwd = join(copy, "t", from);
        const { theirs, ours } = await verdicts(relative(cwd, join(copy, "t", path)) || ".", cwd, copy);
        if (theirs.code === 0 && !WANTED_HERE.some((row) => row.test(ours.text)))
          expect(ours).toMatchObject({ code: 0 });
        if (ours.code === 0 && theirs.code !== 0 && !REFUSED_BUILDER.test(ours.text)) {
          expect(WANTED.some((row) => row.test(theirs.text)) ? "" : theirs.text).toBe("");
        }
      } finally {
        rmSync(copy, { recursive: true, force: true });
      }
    },
    240_000,
  );
});

interface Verdict {
  readonly code: number;
  readonly text: string;
}

/** Both verdicts, once required variables have dummies and the files that either misses are there, within `home`. */
async function verdicts(path: string, cwd: string, home: string): Promise<{ theirs: Verdict; ours: Verdict }> {
  const variables = new Set<string>();
  for (;;) {
    const args = ["validate", ...[...variables].map((name) => `-var=${name}=dummy`), path];
    const ran = spawnSync(packer ?? "", args, {
      cwd,
      env: { ...process.env, ...ENVIRONMENT, CHECKPOINT_DISABLE: "1", PACKER_NO_COLOR: "1" },
      encoding: "utf8",
      timeout: 200_000,
    });
    const theirs = { code: ran.status ?? -1, text: `${ran.stdout}${ran.stderr}`.replace(/\s+/g, " ") };
    const { code, out, err } = await runReally(args, { cwd, env: ENVIRONMENT });
    const ours = { code, text: `${out}\n${err}` };
    const before = variables.size;
    for (const [, name = ""] of ours.text.matchAll(/Unset variable "([^"]+)"/g)) variables.add(name);
    const made = missing(theirs.text, ours.text).filter((file) => makeFile(normalize(join(cwd, file)), home));
    if (made.length === 0 && variables.size === before) return { theirs, ours };
  }
}

/** Paths that one of the two complains of. */
function missing(theirs: string, ours: string): readonly string[] {
  const told = [
    ...theirs.matchAll(/(?:stat|open|lstat|no file exists at|not found:) ([^\s:]+?)(?::|\.(?= |$)|(?= ))/g),
    ...ours.matchAll(
      /'([^']+)'(?: is invalid)?: no such file|no such file or directory: '([^']+)'|Could not read "([^"]+)": no such file|No file exists at (\S+)\.\s/g,
    ),
  ];
  return told.map(([, ...groups]) => groups.find((group) => group !== undefined) ?? "").filter((file) => file !== "");
}

/** Whether a file was made; names without an extension are folders. */
function makeFile(file: string, home: string): boolean {
  const at = file.includes(home) ? file.slice(file.indexOf(home)) : file;
  if (!at.startsWith(home) || existsSync(at)) return false;
  const isFolder = !basename(at).includes(".");
  mkdirSync(isFolder ? at : dirname(at), { recursive: true });
  writeFileSync(isFolder ? join(at, "file") : at, at.endsWith(".yml") ? "a: 1\n" : "x\n");
  return true;
}

/** Versions of plugins are not what is asked here. */
function dropRequiredPlugins(folder: string): void {
  for (const file of filesIn(folder).filter((each) => each.endsWith(".pkr.hcl"))) {
    const text = readFileSync(file, "utf8");
    const block = /required_plugins\s*\{(?:[^{}]|\{[^{}]*\})*\}/;
    if (block.test(text)) writeFileSync(file, text.replace(block, ""));
  }
}

function filesIn(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

interface Case {
  readonly root: string;
  readonly path: string;
  readonly from: string;
}

function corpusTemplates(): readonly Case[] {
  const table = corpus && join(corpus, "open.tsv");
  if (!table || !existsSync(table)) return [];
  const rows = readFileSync(table, "utf8")
    .split("\n")
    .map((line) => line.split("\t"));
  return rows
    .filter(([, , kind]) => kind === "hcl2")
    .map(([name = "", path = "", , from = ""]) => ({ root: join(corpus, "open", name), path, from }));
}

function fixtureTemplates(): readonly Case[] {
  if (!fixtures || !existsSync(fixtures)) return [];
  const files = filesIn(fixtures).filter((file) => /\.pkr\.(hcl|json)$/.test(file));
  const alone = files.map((file) => ({ root: dirname(file), path: basename(file), from: "." }));
  const folders = [...new Set(files.map((file) => dirname(file)))].map((root) => ({ root, path: ".", from: "." }));
  return [...alone, ...folders];
}
