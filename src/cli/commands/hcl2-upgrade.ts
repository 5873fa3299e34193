import { readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { messageOf } from "../../core/errors.js";
import { redactor } from "../../report/redact.js";
import { command } from "../command.js";
import { printer } from "../printer.js";

/** `bake-ami hcl2_upgrade`. */
export const hcl2Upgrade = command({
  name: "hcl2_upgrade",
  synopsis: "write a JSON template as HCL2",
  usage: "bake-ami hcl2_upgrade [options] TEMPLATE",
  help: "Writes a JSON template as an HCL2 template that bakes the same, beside it: TEMPLATE.pkr.hcl. The JSON template stays.",
  arguments: { least: 1, most: 1 },
  request: ({ values }, [file = ""]) => ({ file, target: values.outputFile ?? `${file}.pkr.hcl` }),
  async run({ file, target }, { engine, terminal, cwd, machineReadable }) {
    const print = printer(terminal, redactor(), { paint: false, machineReadable });
    if (/\.pkr\.(hcl|json)$/.test(file)) {
      print.error(`${file} is an HCL2 template already: hcl2_upgrade takes a JSON template`);
      return 1;
    }
    try {
      const source = { file, text: readFileSync(resolve(cwd, file), "utf8") };
      const { text, diagnostics } = await engine.upgrade(source);
      print.diagnostics({ diagnostics, sources: [source] });
      if (text === undefined) return 1;
      if (target === "-") {
        terminal.write(text.replace(/\n$/, ""));
        return 0;
      }
      writeFileSync(resolve(cwd, target), text);
      print.line(`Successfully created ${target}. Exit 0`);
      return 0;
    } catch (error) {
      print.error(messageOf(error));
      return 1;
    }
  },
});
