import { annotator } from "../../src/action/annotations.js";
import { type ActionLog, actionLog } from "../../src/action/log.js";
import { consoleStory } from "../../src/report/console/story.js";
import { type Redactor, redactor } from "../../src/report/redact.js";

/** A log of the Action whose lines are kept instead of printed; `secrets` are those that annotations leave out. */
export function recordedLog(
  workspace: string,
  secrets: Redactor = redactor(),
): { readonly log: ActionLog; readonly lines: string[] } {
  const lines: string[] = [];
  const log = actionLog({
    write: (line) => lines.push(line),
    story: consoleStory({
      colour: false,
      introduce: false,
      timestamps: false,
      progressInterval: 15_000,
      sources: undefined,
    }),
    annotate: annotator({ workspace, workingDirectory: () => workspace, sources: () => [], secrets }),
    token: () => "c0ffee-c0ffee",
  });
  return { log, lines };
}
