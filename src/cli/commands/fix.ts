import { hasErrors } from "../../core/diagnostics.js";
import { isDirectory, readTextFile } from "../../engine/files.js";
import { command } from "../command.js";
import { printer } from "../printer.js";

/** `bake-ami fix`. */
export const fix = command({
  name: "fix",
  synopsis: "replace old options of a JSON template",
  usage: "bake-ami fix [options] TEMPLATE",
  help: "Prints a JSON template with the changes of Packer's fixers, which replace options that old versions of Packer accepted. The template is not changed. bake-ami also reads templates that are not fixed, with a warning for each old option of a supported component.",
  arguments: { least: 1, most: 1, suggested: "files" },
  request: ({ values }, [file = ""]) => ({ file, validate: values.validateFixed }),
  async run({ file, validate }, { engine, terminal, cwd, secrets, machineReadable }) {
    const print = printer(terminal, secrets, { paint: false, machineReadable });
    if (/\.pkr\.(hcl|json)$/.test(file) || (file !== "-" && isDirectory(file, cwd))) {
      const summary = `fix works only with JSON templates, and "${file}" is an HCL2 template`;
      const hint = "Run bake-ami validate: it warns about each old option and prints the new name.";
      print.diagnostics({ diagnostics: [{ severity: "error", code: "not-json", summary, hint }], sources: [] });
      return 1;
    }
    const text = file === "-" ? await terminal.readAll() : readTextFile(file, cwd);
    const { text: fixed, ...found } = await engine.fix({ file, text }, validate);
    if (fixed !== undefined) terminal.write(fixed);
    print.diagnostics(found);
    return hasErrors(found.diagnostics) ? 1 : 0;
  },
});
