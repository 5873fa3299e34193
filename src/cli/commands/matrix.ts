import { messageOf } from "../../core/errors.js";
import { plain } from "../../report/plain.js";
import { redactor } from "../../report/redact.js";
import { command } from "../command.js";
import { printer } from "../printer.js";

/** `bake-ami matrix`. */
export const matrix = command({
  name: "matrix",
  synopsis: "print the jobs of a GitHub matrix over a folder of templates",
  usage: "bake-ami matrix [options] FOLDER|TEMPLATE...",
  help: "Prints one line of JSON for strategy.matrix: a job a template, with name, template, image and only. A folder with HCL2 files is one template, JSON files with builders are one each, folders within are looked through. HCL2 files that are no template together are one each; what has no build is left out, and told. Exit code 1 when there is none or one cannot be read.",
  arguments: { least: 1, most: Number.POSITIVE_INFINITY, missing: "a folder of templates, or a template, is needed" },
  request: ({ values: { exclude, perBuild } }, paths, { cwd }) => ({ paths, exclude, perBuild, cwd }),
  async run(request, { engine, terminal, machineReadable }) {
    const secrets = redactor();
    const print = printer(terminal, secrets, { paint: false, machineReadable });
    try {
      const read = await engine.matrix({ ...request, mask: secrets.add });
      for (const notice of read.notices) terminal.error(plain(notice));
      print.diagnostics({ diagnostics: read.errors, sources: read.sources });
      if (!read.matrix) return 1;
      terminal.write(JSON.stringify(read.matrix));
      return 0;
    } catch (error) {
      print.error(messageOf(error));
      return 1;
    }
  },
});
