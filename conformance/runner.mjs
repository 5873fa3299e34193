/** The Action as a runner starts it: INPUT_ variables, command files, then post with the saved state. */
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root } from "./clouds.mjs";

/** Node that runs the bundle; GitHub's is 24. */
const NODE = process.env.BAKE_AMI_NODE || process.execPath;

/** Opens a job step: `main` and `post` run in it, `close` removes its files. */
export function openStep(cloud, inputs, more = {}) {
  const folder = mkdtempSync(join(tmpdir(), "bake-ami-step-"));
  const files = { GITHUB_OUTPUT: "output", GITHUB_STATE: "state", GITHUB_STEP_SUMMARY: "summary" };
  const paths = Object.fromEntries(Object.entries(files).map(([name, file]) => [name, join(folder, file)]));
  for (const path of Object.values(paths)) writeFileSync(path, "");
  const env = {
    PATH: process.env.PATH,
    HOME: process.env.HOME,
    ...cloud.env,
    ...paths,
    GITHUB_ACTIONS: "true",
    GITHUB_WORKSPACE: root,
    GITHUB_REPOSITORY: "example/images",
    GITHUB_RUN_ID: more.runId ?? "4711",
    GITHUB_RUN_ATTEMPT: "1",
    GITHUB_SERVER_URL: "https://github.com",
    GITHUB_API_URL: "http://127.0.0.1:9",
    GITHUB_EVENT_NAME: "push",
    RUNNER_TEMP: folder,
    ...inputEnvironment({ comment: "never", ...inputs }),
  };
  const read = (name) => readCommands(readFileSync(paths[name], "utf8"));
  return {
    summary: () => readFileSync(paths.GITHUB_STEP_SUMMARY, "utf8"),
    outputs: () => read("GITHUB_OUTPUT"),
    main: (onStart) => run("main.js", env, onStart),
    post() {
      const state = Object.fromEntries(
        Object.entries(read("GITHUB_STATE")).map(([key, value]) => [`STATE_${key}`, value]),
      );
      return run("post.js", { ...env, ...state });
    },
    close: () => rmSync(folder, { recursive: true, force: true }),
  };
}

function inputEnvironment(inputs) {
  const names = Object.entries(inputs).map(([name, value]) => [
    `INPUT_${name.replaceAll(" ", "_").toUpperCase()}`,
    value,
  ]);
  return Object.fromEntries(names);
}

/** Runs one file of dist/; answers its exit code (or signal) and all that it printed. */
function run(file, env, onStart) {
  return new Promise((done, fail) => {
    const child = spawn(NODE, [join(root, "dist", file)], { env, cwd: root, stdio: ["ignore", "pipe", "pipe"] });
    let log = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (chunk) => {
        log += chunk;
      });
    }
    onStart?.(child);
    child.once("error", fail);
    child.once("close", (code, signal) => done({ code, signal, log }));
  });
}

/** Keys and values of a command file: `KEY<<END`, the lines, `END`. */
function readCommands(text) {
  const found = {};
  const lines = text.split("\n");
  for (let i = 0; i < lines.length; i++) {
    const match = /^(.+?)<<(.+)$/.exec(lines[i]);
    if (!match) continue;
    const end = lines.indexOf(match[2], i + 1);
    found[match[1]] = lines.slice(i + 1, end === -1 ? undefined : end).join("\n");
    i = end === -1 ? lines.length : end;
  }
  return found;
}
