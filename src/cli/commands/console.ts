import { readingRequest } from "../../engine/request.js";
import { redactor } from "../../report/redact.js";
import type { Command } from "../command.js";
import { teller } from "../diagnostics.js";
import { ACCEPTED_FLAGS, flagProblems, TEMPLATE_FLAGS, templateRequest } from "../template-flags.js";

/** `bake-ami console`. */
export const console: Command = {
  name: "console",
  synopsis: "try HCL2 expressions",
  usage: "bake-ami console [options] [TEMPLATE]",
  help: "Evaluates expressions, one a line, from the terminal or from standard input, with the variables and locals of a template where one is named. exit ends it. Exit code 1 when the last expression was wrong.",
  flags: [...TEMPLATE_FLAGS, ...ACCEPTED_FLAGS],
  arguments: { least: 0, most: 1 },
  async run(flags, { engine, terminal, cwd, machineReadable }) {
    const secrets = redactor();
    const tell = teller(terminal, secrets, { paint: false, machineReadable });
    const problems = flagProblems();
    const request = readingRequest(cwd, templateRequest(flags, problems));
    for (const problem of problems.all) tell.error(problem);
    if (problems.all.length > 0) return 1;
    let code = 0;
    for await (const line of terminal.readLines("> ")) {
      const text = line.trim();
      if (text === "exit") break;
      if (text === "") continue;
      const answer = await engine.evaluate(text, request);
      for (const secret of answer.secrets) secrets.add(secret);
      tell.diagnostics({ diagnostics: answer.diagnostics, sources: [{ file: "<console>", text }] });
      if (answer.text !== undefined) tell.line(answer.text);
      code = answer.text === undefined ? 1 : 0;
    }
    return code;
  },
};
