import { readingRequest } from "../../engine/request.js";
import { requestedTemplate } from "../../engine/requests/bake.js";
import { redactor } from "../../report/redact.js";
import { command } from "../command.js";
import { printer } from "../printer.js";

/** `bake-ami console`. */
export const console = command({
  name: "console",
  synopsis: "try HCL2 expressions",
  usage: "bake-ami console [options] [TEMPLATE]",
  help: "Evaluates expressions, one a line, from the terminal or from standard input, with the variables and locals of a template where one is named. exit ends it. Exit code 1 when the last expression was wrong.",
  arguments: { least: 0, most: 1 },
  request: ({ values }, [path = ""], { cwd }) => readingRequest(cwd, requestedTemplate(path, values, false)),
  async run(request, { engine, terminal, machineReadable }) {
    const secrets = redactor();
    const print = printer(terminal, secrets, { paint: false, machineReadable });
    let code = 0;
    for await (const line of terminal.readLines("> ")) {
      const text = line.trim();
      if (text === "exit") break;
      if (text === "") continue;
      const answer = await engine.evaluate(text, request, secrets.add);
      print.diagnostics({ diagnostics: answer.diagnostics, sources: [{ file: "<console>", text }] });
      if (answer.text !== undefined) print.line(answer.text);
      code = answer.text === undefined ? 1 : 0;
    }
    return code;
  },
});
