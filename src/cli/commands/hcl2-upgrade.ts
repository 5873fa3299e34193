import { readTextFile, writeTextFile } from "../../engine/files.js";
import { command } from "../command.js";
import { printer } from "../printer.js";

/** `bake-ami hcl2_upgrade`. */
export const hcl2Upgrade = command({
  name: "hcl2_upgrade",
  synopsis: "convert a JSON template to HCL2",
  usage: "bake-ami hcl2_upgrade [options] TEMPLATE",
  help: "Converts a JSON template to an equivalent HCL2 template and writes it to TEMPLATE.pkr.hcl. The JSON template is not changed.",
  arguments: { least: 1, most: 1, suggested: "files" },
  request: ({ values }, [file = ""]) => ({ file, target: values.outputFile ?? `${file}.pkr.hcl` }),
  async run({ file, target }, { engine, terminal, cwd, secrets, machineReadable }) {
    const print = printer(terminal, secrets, { paint: false, machineReadable });
    if (/\.pkr\.(hcl|json)$/.test(file)) {
      print.error(`"${file}" is already an HCL2 template: hcl2_upgrade needs a JSON template`);
      return 1;
    }
    const source = { file, text: readTextFile(file, cwd) };
    const { text, diagnostics } = await engine.upgrade(source);
    print.diagnostics({ diagnostics, sources: [source] });
    if (text === undefined) return 1;
    if (target === "-") {
      terminal.write(text.replace(/\n$/, ""));
      return 0;
    }
    writeTextFile(target, cwd, text);
    print.line(`Successfully created ${target}. Exit 0`);
    return 0;
  },
});
