import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { BAKE } from "../../src/action/bake.js";
import { commandsIn, inputsEnvironment, runOnRunner } from "../action/runner.js";
import { runReally } from "../engine/running.js";
import { temporaryFolder } from "../support/folder.js";

const folder = temporaryFolder("sinks");

const VALUE = "S3CRET-VALUE-0123456789";
const KEY = `-----BEGIN KEY-----\n${"MIIEabcdefghijklmnop".repeat(3)}\n${"qrstuvwxyzABCDEFGHIJ".repeat(3)}\n-----END KEY-----\n`;
/** A value that is longer than a line of the log may be. */
const LONG = Array.from({ length: 3000 }, (_, i) => `part${i * 7919}`).join("/");

/** How a program prints a secret: divided between writes and by the longest line, in color, encoded, on several lines. */
const PRINTS: readonly (readonly [string, string])[] = [
  ["as it is", "v"],
  ["at the end of the longest line", '"x".repeat(16384 - 7) + v + "y".repeat(40)'],
  ["in color", 'v.slice(0, 6) + "\\u001b[31m" + v.slice(6) + "\\u001b[0m"'],
  ["with a title inside", 'v.slice(0, 6) + "\\u001b]0;title\\u0007" + v.slice(6)'],
  ["with a carriage return inside", 'v.slice(0, 6) + "\\r" + v.slice(6)'],
  ["with a NUL byte inside", 'v.slice(0, 6) + "\\0" + v.slice(6)'],
  ["in base64", 'Buffer.from(v).toString("base64")'],
  ["in base64 after other bytes", 'Buffer.from("user:" + v).toString("base64")'],
  ["in base64 lines", 'Buffer.from(v).toString("base64").replace(/.{76}/g, "$&\\n")'],
  ["in hexadecimal", 'Buffer.from(v).toString("hex")'],
  ["in a URL", "encodeURIComponent(v)"],
  ["in JSON", "JSON.stringify({ v })"],
  ["without a newline at the end", '"end " + v + "@@"'],
];

/** Writes a template whose script prints each secret in every way, and fails with a secret in its last line. */
function writeTemplate(): void {
  writeFileSync(
    join(folder(), "print.cjs"),
    `const fs = require("node:fs");
const values = [process.env.VALUE, process.env.KEY, process.env.LONG, process.env.LOWER];
const text = values.map((v) => [${PRINTS.map(([, expression]) => expression).join(", ")}].join("\\n")).join("\\n").replaceAll("@@", "");
// Writes of sizes that divide everything.
for (let at = 0, size = 1; at < text.length; at += size, size = (size % 4099) + 7) fs.writeSync(1, text.slice(at, at + size));
fs.writeSync(2, "\\nfailed: " + values[0] + " " + values[1]);
process.exit(3);
`,
  );
  const template = {
    variables: { value: "", key: "", long: "" },
    "sensitive-variables": ["value", "key", "long"],
    builders: [{ type: "null", communicator: "none" }],
    provisioners: [
      {
        type: "shell-local",
        environment_vars: [
          "VALUE={{user `value`}}",
          "KEY={{user `key`}}",
          "LONG={{user `long`}}",
          "LOWER={{user `value` | lower}}",
        ],
        inline: [`node ${join(folder(), "print.cjs")}`],
      },
    ],
  };
  writeFileSync(join(folder(), "t.json"), JSON.stringify(template));
  writeFileSync(join(folder(), "vars.json"), JSON.stringify({ value: VALUE, key: KEY, long: LONG }));
}

const HIDDEN = "<sensitive>";

/** Text as a reader sees it: without colors and marks, and with references and escapes decoded. */
function seen(text: string): string {
  return text
    .replace(/\u001b\[[\d;]*m/g, "")
    .replaceAll("\u200b", "")
    .replace(/&#(\d+);/g, (_, code: string) => String.fromCharCode(Number(code)))
    .replaceAll("%0A", "\n")
    .replaceAll("%25", "%");
}

/** Expects that no piece of a secret of 12 characters is in the text, in plain or encoded. */
function expectNoSecret(name: string, text: string): void {
  const shown = seen(text);
  for (const secret of [VALUE, VALUE.toLowerCase(), ...KEY.trim().split("\n").slice(1, -1), LONG]) {
    const forms = [
      secret,
      Buffer.from(secret).toString("base64").replace(/=+$/, ""),
      Buffer.from(secret).toString("hex"),
      encodeURIComponent(secret),
    ];
    for (const form of forms) {
      for (let at = 0; at + 12 <= Math.min(form.length, 2000); at += 12) {
        const found = shown.indexOf(form.slice(at, at + 12));
        const part = found < 0 ? "" : shown.slice(Math.max(0, found - 60), found + 80);
        expect([name, part]).toEqual([name, ""]);
      }
    }
  }
}

const files = (names: readonly string[]) =>
  names.map((name): [string, string] => [name, readFileSync(join(folder(), name), "utf8")]);

const common = () => ({ PATH: process.env.PATH ?? "", HOME: folder(), XDG_STATE_HOME: folder(), PACKER_LOG: "1" });

function clear(): void {
  for (const name of readdirSync(folder())) rmSync(join(folder(), name), { recursive: true, force: true });
  writeTemplate();
}

describe("no text of a failing build has a secret or half of one", () => {
  test.each([
    ["lines", ["-color=false"]],
    ["colored lines", ["-color=true"]],
    ["lines with times", ["-timestamp-ui"]],
    ["records", ["-machine-readable"]],
  ])("of the command line in %s, its summary, comment and debug log", async (_, flags) => {
    clear();
    const reports = ["-summary=summary.md", "-comment=comment.md"];
    const args = ["build", ...flags, ...reports, "-var-file=vars.json", "t.json"];
    const log = join(folder(), "debug.log");
    const { code, out, err } = await runReally(args, { cwd: folder(), env: { ...common(), PACKER_LOG_PATH: log } });
    expect(code).toBe(1);
    expect(out).toContain(HIDDEN);
    for (const [name, text] of [
      ["out", out],
      ["err", err],
      ...files(["debug.log", "summary.md", "comment.md"]),
    ] as const) {
      expectNoSecret(name, text);
    }
    const ledger = readdirSync(folder(), { recursive: true, encoding: "utf8" }).filter((name) =>
      name.endsWith(".jsonl"),
    );
    for (const [name, text] of files(ledger)) expectNoSecret(name, text);
    expect(readFileSync(log, "utf8")).toContain("exit status: 3");
  });

  test("of the command line with the debug log on stderr", async () => {
    clear();
    const { err } = await runReally(["build", "-var-file=vars.json", "t.json"], { cwd: folder(), env: common() });
    expect(err).toContain("[DEBUG]");
    expectNoSecret("err", err);
  });

  test.each([
    ["with debug commands", {}],
    ["with a debug log in a file", { PACKER_LOG_PATH: "debug.log" }],
  ])("of the action %s: log, annotations, outputs, summary and state", async (_, more) => {
    clear();
    const inputs = inputsEnvironment({ template: "t.json", "variable-files": "vars.json", comment: "never" });
    const { code, log, files: written } = await runOnRunner(BAKE, folder(), { ...common(), ...inputs, ...more });
    expect(code).toBe(1);
    const commands = commandsIn(log).map(({ name }) => name);
    expect(commands).toEqual(expect.arrayContaining(["add-mask", "error"]));
    const printed = log.split("\n").filter((line) => !line.startsWith("::add-mask::"));
    expect(printed.join("\n")).toContain(HIDDEN);
    expect(seen(written.summary)).toContain("exit status: 3");
    const debugLog = join(folder(), "debug.log");
    const texts = {
      printed: printed.join("\n"),
      ...written,
      debug: existsSync(debugLog) ? readFileSync(debugLog, "utf8") : "",
    };
    for (const [name, text] of Object.entries(texts)) expectNoSecret(name, text);
  });
});
