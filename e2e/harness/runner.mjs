/** Runs the action as a GitHub runner does: INPUT_ variables, command files, then post with the saved state. */
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { root } from "./clouds.mjs";

/** Node that runs the bundle. GitHub uses Node 24. */
const NODE = process.env.BAKE_AMI_NODE || process.execPath;

/** Time from SIGINT to SIGTERM in a step that GitHub's runner cancels, and from SIGTERM to SIGKILL, in milliseconds. */
const UNTIL_TERMINATE = 7500;
const UNTIL_KILL = 2500;

/** In seconds. */
const DAY = 86_400;

/**
 * Opens a job step: `main` and `post` run in it, `close` removes its files. `more.env` is added to its environment; an undefined value
 * removes a variable. Its files are in `more.folder`, or in a temporary directory.
 */
export function openStep(cloud, inputs, more = {}) {
  const folder = more.folder ?? mkdtempSync(join(tmpdir(), "bake-ami-step-"));
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
    ...more.env,
    ...inputEnvironment({ comment: "never", ...inputs }),
  };
  const read = (name) => readCommands(readFileSync(paths[name], "utf8"));
  return {
    summary: () => readFileSync(paths.GITHUB_STEP_SUMMARY, "utf8"),
    outputs: () => read("GITHUB_OUTPUT"),
    state: () => read("GITHUB_STATE"),
    /** Paths of the command files, by the variables that name them. */
    paths,
    /** `whileStopped` runs when a fault has stopped the process (SIGSTOP). Then the process continues. */
    main: (onStart, whileStopped) => run("main.js", env, onStart, [], whileStopped),
    /** Runs the step of `promote/action.yml`. */
    promote: (onStart) => run("promote.js", env, onStart),
    /** Runs a command of the command line in the same environment. */
    command: (...args) => run("cli.js", env, undefined, args),
    /** Runs post with the saved state. A later step can have set other variables: `later`. */
    post(later = {}) {
      const state = Object.fromEntries(
        Object.entries(read("GITHUB_STATE")).map(([key, value]) => [`STATE_${key}`, value]),
      );
      return run("post.js", { ...env, ...state, ...later });
    },
    /** Runs only a sweep, two days later by the clock of the cloud, as after a lost runner without a post step. */
    async sweep() {
      await cloud.pass(2 * DAY);
      return run("cli.js", env, undefined, ["sweep", "-remove"]);
    },
    close: () => {
      if (more.folder === undefined) rmSync(folder, { recursive: true, force: true });
    },
  };
}

function inputEnvironment(inputs) {
  const names = Object.entries(inputs).map(([name, value]) => [
    `INPUT_${name.replaceAll(" ", "_").toUpperCase()}`,
    value,
  ]);
  return Object.fromEntries(names);
}

/**
 * Runs one file of dist/; returns its exit code or signal, its output (`log`), and its duration in milliseconds (`took`). When the log
 * reports an interruption, the process gets SIGTERM and SIGKILL as from a runner.
 */
export function run(file, env, onStart, args = [], whileStopped = undefined) {
  return new Promise((done, fail) => {
    const began = Date.now();
    const child = spawn(NODE, [join(root, "dist", file), ...args], {
      env,
      cwd: root,
      stdio: ["ignore", "pipe", "pipe"],
    });
    let log = "";
    let cancelSignals;
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (chunk) => {
        log += chunk;
        const received = cancelSignals ? undefined : /after receiving (interrupt|terminated)/.exec(log)?.[1];
        if (received) cancelSignals = scheduleSignals(child, received === "interrupt");
      });
    }
    // The process is stopped until its faults are set.
    if (onStart) {
      child.kill("SIGSTOP");
      Promise.resolve(onStart(child)).then(() => {
        child.kill("SIGCONT");
        if (whileStopped) whenStopped(child, whileStopped).catch(fail);
      }, fail);
    }
    child.once("error", fail);
    child.once("close", (code, signal) => {
      cancelSignals?.();
      done({ code, signal, log, took: Date.now() - began });
    });
  });
}

/** Time between two checks whether a process is stopped, in milliseconds. */
const STOPPED_INTERVAL = 5;

/** Waits until the process is stopped, runs `work`, and continues the process. */
async function whenStopped(child, work) {
  while (child.exitCode === null && child.signalCode === null) {
    if (isStopped(child.pid)) {
      await work();
      child.kill("SIGCONT");
      return;
    }
    await sleep(STOPPED_INTERVAL);
  }
}

/** Returns whether the process is stopped (proc_pid_stat(5), the state after the command's name). */
function isStopped(pid) {
  try {
    return /\) T /.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return false;
  }
}

/** Schedules the signals that follow the first one; returns a function that cancels them. */
function scheduleSignals(child, interrupted) {
  const kill = () => {
    timer = setTimeout(() => child.kill("SIGKILL"), UNTIL_KILL);
  };
  const terminate = () => {
    child.kill("SIGTERM");
    kill();
  };
  let timer;
  if (interrupted) timer = setTimeout(terminate, UNTIL_TERMINATE);
  else kill();
  return () => clearTimeout(timer);
}

/** Returns the keys and values of a command file: `KEY<<END`, the lines, `END`. */
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
