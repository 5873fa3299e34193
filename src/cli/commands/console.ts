import { readingRequest } from "../../engine/request.js";
import { requestedTemplate } from "../../engine/requests/bake.js";
import { command } from "../command.js";
import { printer } from "../printer.js";

/** `bake-ami console`. */
export const console = command({
  name: "console",
  synopsis: "try HCL2 expressions",
  usage: "bake-ami console [options] [TEMPLATE]",
  help: "Evaluates HCL2 expressions, one per line, from the terminal or from standard input. If a template is given, its variables and locals are available. exit ends the session. The exit code is 1 if the last expression was invalid.",
  arguments: { least: 0, most: 1, suggested: "files" },
  request: ({ values }, [path = ""], { cwd }) => readingRequest(cwd, requestedTemplate(path, values, false)),
  async run(request, { engine, terminal, secrets, machineReadable }) {
    const print = printer(terminal, secrets, { paint: false, machineReadable });
    let code = 0;
    for await (const line of terminal.readLines("> ")) {
      const text = line.trim();
      if (text === "exit") break;
      if (text === "") continue;
      const result = await engine.evaluate(text, request, secrets.add);
      print.diagnostics({ diagnostics: result.diagnostics, sources: [{ file: "<console>", text }] });
      if (result.text !== undefined) print.line(result.text);
      code = result.text === undefined ? 1 : 0;
    }
    return code;
  },
});
