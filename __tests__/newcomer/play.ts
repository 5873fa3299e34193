import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { BAKE, REHEARSE } from "../../src/action/bake.js";
import { MATRIX } from "../../src/action/matrix.js";
import { PLAN } from "../../src/action/plan.js";
import { PROMOTE } from "../../src/action/promote.js";
import { PRUNE } from "../../src/action/prune.js";
import { SWEEP } from "../../src/action/sweep.js";
import { COMMAND_WORDS } from "../../src/cli/words.js";
import { renderDiagnostic } from "../../src/core/diagnostics.js";
import { toDiagnostic } from "../../src/core/errors.js";
import type { Fault } from "../../src/local/endpoint/wire/faults.js";
import { inWords } from "../../src/report/wording.js";
import { commandsIn, inputsEnvironment, runOnRunner } from "../action/runner.js";
import { runReally } from "../engine/running.js";
import type { NeededServers } from "./servers.js";

/** One mistake of a newcomer, and all that is printed about it. */
export interface Mistake extends NeededServers {
  /** Continues "a newcomer who …". */
  readonly mistake: string;
  readonly files?: Readonly<Record<string, string | Uint8Array>>;
  readonly env?: Readonly<Record<string, string>>;
  /** Refusals of the account, as the local cloud returns them. */
  readonly faults?: readonly Fault[];
  /** The payload of the event. */
  readonly event?: object;
  /** The action that has the inputs; by default that of the root. */
  readonly step?: "plan" | "rehearse" | "promote" | "prune" | "sweep" | "matrix";
  /** The inputs of an action, or the arguments of the command line. */
  readonly does: Readonly<Record<string, string>> | readonly string[];
  /** The lines of the errors and warnings, without excerpts of files. DIR is the directory of the run, URL the local cloud. */
  readonly reads: readonly string[];
}

/** What a run prints about a mistake, and its exit code. */
export interface Report {
  readonly code: number;
  readonly lines: readonly string[];
}

/** Makes a mistake in `folder`, by the runner's contract or by the command line, and returns what is reported. */
export async function makeMistake(
  mistake: Mistake,
  folder: string,
  cloud: Readonly<Record<string, string>>,
): Promise<Report> {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const [path, content] of Object.entries(mistake.files ?? {})) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
  const env = { ...cloud, ...mistake.env };
  const { code, text } = await run(mistake, folder, env);
  const url = env.AWS_ENDPOINT_URL ?? "no endpoint";
  const plain = text.replaceAll(folder, "DIR").replaceAll(url, "URL").replaceAll(new URL(url).host, "HOST");
  return { code, lines: plain.split("\n").filter((line) => line.trim() !== "" && !EXCERPT.test(line)) };
}

/** Excerpts of files, and the story of a build without its error. */
const EXCERPT =
  /^(==> \S+: )? *(\d+)? \||output will be in this color|^ {4}\S|^Build '|^==> Wait completed|^==> Builds finished|^==> \S+: (?!Error|Warning| )|^==> Some builds|^-->/;

async function run(mistake: Mistake, folder: string, env: Readonly<Record<string, string>>) {
  const { does } = mistake;
  if (isArguments(does)) {
    return runReally(does, { cwd: folder, env }).then(
      ({ code, out, err }) => ({ code, text: `${out}\n${err}` }),
      // As `commandLine` prints it.
      (error) => ({ code: 1, text: renderDiagnostic(inWords(toDiagnostic(error), COMMAND_WORDS), []) }),
    );
  }
  const event = join(folder, "event.json");
  writeFileSync(event, JSON.stringify(mistake.event ?? {}));
  const given = {
    HOME: folder,
    GITHUB_EVENT_PATH: event,
    RUNNER_TEMP: folder,
    GITHUB_RUN_ID: "4711",
    ...env,
    ...inputsEnvironment(does),
  };
  const { code, log } = await stepOf(mistake)(folder, given);
  const reported = commandsIn(log).filter(({ name }) => /^(error|warning|notice)$/.test(name));
  return { code, text: reported.map(({ name, message }) => `${name}: ${decoded(message)}`).join("\n") };
}

function stepOf({ step }: Mistake) {
  return (folder: string, given: Readonly<Record<string, string>>) => {
    switch (step) {
      case "plan":
        return runOnRunner(PLAN, folder, given);
      case "rehearse":
        return runOnRunner(REHEARSE, folder, given);
      case "promote":
        return runOnRunner(PROMOTE, folder, given);
      case "prune":
        return runOnRunner(PRUNE, folder, given);
      case "sweep":
        return runOnRunner(SWEEP, folder, given);
      case "matrix":
        return runOnRunner(MATRIX, folder, given);
      default:
        return runOnRunner(BAKE, folder, given);
    }
  };
}

function isArguments(does: Mistake["does"]): does is readonly string[] {
  return Array.isArray(does);
}

/** Decodes the data of a workflow command (GitHub's workflow commands). */
function decoded(message: string): string {
  return message.replaceAll("%0A", "\n").replaceAll("%0D", "\r").replaceAll("%25", "%");
}
