import { randomUUID } from "node:crypto";
import type { Diagnostic } from "../core/diagnostics.js";
import type { BakeEvent } from "../core/events.js";
import type { SourceText } from "../core/source.js";
import { consoleStory } from "../report/console/story.js";
import { wrongInputsSummary } from "../report/markdown/wrong-inputs.js";
import type { Redactor } from "../report/redact.js";
import { annotator } from "./annotations.js";
import type { GitHubEnvironment } from "./environment.js";
import { writeSummary } from "./file-commands.js";
import { type ActionLog, actionLog } from "./log.js";

/** Milliseconds between progress lines of one wait. */
const PROGRESS_INTERVAL = 15_000;

/** Tells what is wrong with a step's inputs: as annotations, and in its summary. */
export function tellWrongInputs(
  complaints: readonly Diagnostic[],
  env: Readonly<Record<string, string | undefined>>,
  log: ActionLog,
): void {
  for (const complaint of complaints) log.annotate(complaint);
  writeSummary(env.GITHUB_STEP_SUMMARY, wrongInputsSummary(complaints));
}

/** Hides a secret from here on: the runner masks it in the log, `secrets` every form of it in annotations and documents. */
export function masker(log: ActionLog, secrets: Redactor): (secret: string) => void {
  return (secret) => {
    secrets.add(secret);
    log.mask(secret);
  };
}

/** The log of a step of the Action. `sources` are the files read so far, for excerpts. */
export function stepLog(
  environment: GitHubEnvironment,
  workingDirectory: string,
  sources: () => readonly SourceText[],
  secrets: Redactor,
): ActionLog {
  const story: (event: BakeEvent) => readonly string[] = consoleStory({
    colour: true,
    introduce: true,
    timestamps: false,
    progressInterval: PROGRESS_INTERVAL,
    sources: undefined,
  });
  return actionLog({
    write: (line) => void process.stdout.write(`${line}\n`),
    story,
    annotate: annotator({ workspace: environment.workspace, workingDirectory, sources, secrets }),
    token: randomUUID,
  });
}
