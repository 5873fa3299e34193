import { extname } from "node:path";
import { runsWindows } from "../core/communicator.js";
import { BakeError } from "../core/errors.js";
import type { TestResult } from "../core/image-tests.js";
import type { ProvisionerContext } from "../core/parts.js";
import { exitCode, succeeded, toolFailed } from "../provisioners/command-run.js";
import { localPath, readLocalFile } from "../provisioners/local-files.js";
import { readRemote, runChecked, runRemote } from "../provisioners/run-remote.js";
import type { TestLine } from "./lines.js";
import { observe } from "./observe.js";
import { findProgram, GOSS_VARIABLE, INSTALL } from "./programs.js";
import { timeTest } from "./run-script.js";

/** Exit status of a shell for a file that it cannot execute (POSIX, sh). */
const NOT_EXECUTABLE = 126;

/**
 * Uploads goss and a goss file to the machine, runs `goss validate` there as the login user, and returns the result of each test. Never
 * rejects.
 */
export function runGoss({ text, target }: TestLine, context: ProvisionerContext): Promise<readonly TestResult[]> {
  // Its output is XML: the results are printed instead.
  const observed = observe(context, { quiet: true });
  return timeTest(text, context, observed, () => validate(target, observed.context));
}

async function validate(file: string, context: ProvisionerContext): Promise<void> {
  const { machine, signal, surroundings, narrator } = context;
  if (runsWindows(machine.communicator)) {
    throw new BakeError("goss tests run on Linux instances only", { code: "goss-on-windows" });
  }
  const program = await gossProgram(context);
  const content = await readLocalFile(file, context, { code: "test-unreadable", kind: "goss file" });
  const directory = `/tmp/bake-ami-goss-${surroundings.ids.short(10)}`;
  await runChecked(context, `mkdir -m 0700 ${directory}`, `Cannot create directory "${directory}"`);
  const remote = { program: `${directory}/goss`, file: `${directory}/goss${extname(file) || ".yaml"}` };
  narrator.message("Uploading goss...");
  await machine.communicator.uploadFile({ from: "file", path: program }, remote.program, { signal });
  await machine.communicator.uploadFile({ from: "memory", content, mode: 0o600 }, remote.file, { signal });
  await runChecked(context, `chmod 0700 ${remote.program}`, "Cannot make goss executable");
  const run = await runRemote(
    context,
    `${remote.program} --gossfile ${remote.file} validate --format junit --no-color`,
  );
  await readRemote(context, `rm -rf ${directory}`);
  if (succeeded(run)) return;
  if (exitCode(run.end) === NOT_EXECUTABLE) {
    throw new BakeError("goss cannot run on this instance: it must be the Linux program for its architecture", {
      code: "goss-not-executable",
    });
  }
  throw toolFailed(run, { tool: "goss", code: "goss-failed", hint: "Check the output of goss." }, context);
}

/** Returns the path of goss on the runner, for the instance. Throws a `BakeError` if it is missing. */
async function gossProgram({ surroundings }: ProvisionerContext): Promise<string> {
  const { env, cwd } = surroundings;
  const named = env[GOSS_VARIABLE];
  if (named) return localPath(named, cwd);
  const found = await findProgram(["goss"], env);
  if (found !== undefined) return found;
  throw new BakeError(`"goss" is not installed on this host. ${INSTALL.goss}`, { code: "program-not-found" });
}
