import { randomUUID } from "node:crypto";
import type { Redactor } from "../core/secrets/redactor.js";
import { redactPrinted } from "../report/redact.js";
import { neutral, workflowCommand } from "../report/workflow-text.js";
import type { Terminal } from "./terminal.js";

/** What a sealed terminal needs. */
interface Sealing {
  readonly secrets: Redactor;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/**
 * Returns a terminal that replaces secrets in all that is printed. In a `run:` step of a workflow (GITHUB_ACTIONS=true) no printed text acts
 * as a workflow command either. A file as standard output is not read by a runner: it gets the text as it is, e.g. a formatted template.
 */
export function sealTerminal(terminal: Terminal, { secrets, env }: Sealing): Terminal {
  const redacted = (text: string) => redactPrinted(text, secrets);
  const isOnRunner = env.GITHUB_ACTIONS === "true";
  const sealed = isOnRunner ? (text: string) => neutral(redacted(text)) : redacted;
  const { ask } = terminal;
  return {
    ...terminal,
    write: (line) => terminal.write(terminal.isFile ? redacted(line) : sealed(line)),
    error: (line) => terminal.error(sealed(line)),
    ask: ask && ((question, signal) => ask(sealed(question), signal)),
    async whileOthersPrint(work) {
      if (!isOnRunner) return work();
      const token = randomUUID();
      terminal.write(workflowCommand("stop-commands", token));
      try {
        return await work();
      } finally {
        terminal.write(`::${token}::`);
      }
    },
  };
}
