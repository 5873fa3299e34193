import { spawn, spawnSync } from "node:child_process";
import { truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { buildSync } from "esbuild";
import { PROJECT } from "../../engine/running.js";
import { temporaryFolder } from "../../support/folder.js";
import { HOSTILE } from "./templates.js";

/** Limits of each template: processor time in milliseconds, and memory in MB, of which Node and the program itself take 90. */
const TIME = 2_000;
const MEMORY = 300;

interface Outcome {
  readonly path: string;
  readonly code?: string;
  readonly place?: string;
  readonly text: string;
  readonly time: number;
}

const folder = temporaryFolder("hostile");

function writeProgram(): string {
  const program = join(folder(), "evaluate.cjs");
  buildSync({
    entryPoints: [join(PROJECT, "__tests__/template/hostile/evaluate.ts")],
    outfile: program,
    bundle: true,
    platform: "node",
    format: "cjs",
    target: "node20",
    mainFields: ["module", "main"],
    logLevel: "error",
  });
  return program;
}

/** Evaluates all templates in one process, so that they cannot disturb this one. Returns what it printed, as JSON by line. */
async function evaluateAll(paths: readonly string[]): Promise<readonly unknown[]> {
  const child = spawn(process.execPath, ["--expose-gc", "--max-old-space-size=200", writeProgram(), ...paths], {
    cwd: folder(),
    stdio: ["ignore", "pipe", "inherit"],
  });
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    output += text;
  });
  await new Promise((resolve) => child.once("close", resolve));
  return output
    .split("\n")
    .filter((line) => line !== "")
    .map((line): unknown => JSON.parse(line));
}

(process.platform === "linux" ? describe : describe.skip)("templates that need too much", () => {
  test("end within two seconds and 300 MB, each at its place", async () => {
    writeFileSync(join(folder(), "large"), "x".repeat(15_000_000));
    writeFileSync(join(folder(), "x".repeat(250)), "");
    writeFileSync(join(folder(), "medium"), "x".repeat(300_000));
    writeFileSync(join(folder(), "sparse"), "");
    truncateSync(join(folder(), "sparse"), 5_000_000_000);
    expect(spawnSync("mkfifo", [join(folder(), "fifo")]).status).toBe(0);
    const paths = HOSTILE.map(({ name, text, values, extension }) => {
      const path = `${name}.${extension}`;
      writeFileSync(join(folder(), path), text);
      if (values !== undefined) writeFileSync(join(folder(), `${path}vars.hcl`), values);
      return path;
    });
    const lines = await evaluateAll(paths);
    const outcomes = lines.slice(0, -1) as readonly Outcome[];
    const ended = outcomes.map(({ code, place }) => `${code}@${place}`);
    expect(ended.map((end, i) => `${paths[i]} ${end}`)).toEqual(
      HOSTILE.map(({ ends, orEnds }, i) => `${paths[i]} ${ended[i] === orEnds ? orEnds : ends}`),
    );
    expect(outcomes.filter(({ time }) => time > TIME)).toEqual([]);
    const { peak } = lines.at(-1) as { readonly peak: number };
    expect(peak).toBeLessThan(MEMORY);
  }, 240_000);
});
