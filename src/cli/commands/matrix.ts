import { messageOf } from "../../core/errors.js";
import { plain } from "../../report/plain.js";
import { redactor } from "../../report/redact.js";
import type { Command } from "../command.js";
import { teller } from "../diagnostics.js";

/** `bake-ami matrix`. */
export const matrix: Command = {
  name: "matrix",
  synopsis: "print the jobs of a GitHub matrix over a folder of templates",
  usage: "bake-ami matrix [options] FOLDER|TEMPLATE...",
  help: "Prints one line of JSON for strategy.matrix: a job a template, with name, template, image and only. A folder with HCL2 files is one template, JSON files with builders are one each, folders within are looked through. HCL2 files that are no template together are one each; what has no build is left out, and told. Exit code 1 when there is none or one cannot be read.",
  flags: [
    { name: "per-build", kind: "boolean", doc: "A job a build instead of a template." },
    { name: "exclude", kind: "texts", value: "GLOB", doc: "Leave out paths or file names that match." },
  ],
  arguments: { least: 1, most: Number.POSITIVE_INFINITY, missing: "a folder of templates, or a template, is needed" },
  async run(flags, { terminal, engine, cwd, machineReadable }) {
    const secrets = redactor();
    const tell = teller(terminal, secrets, { paint: false, machineReadable });
    const perBuild = flags.boolean("per-build") ?? false;
    try {
      const request = { paths: flags.positional, exclude: flags.texts("exclude"), perBuild, cwd };
      const read = await engine.matrix(request);
      for (const secret of read.secrets) secrets.add(secret);
      for (const notice of read.notices) terminal.error(plain(notice));
      tell.diagnostics({ diagnostics: read.errors, sources: read.sources });
      if (!read.matrix) return 1;
      terminal.write(JSON.stringify(read.matrix));
      return 0;
    } catch (error) {
      tell.error(messageOf(error));
      return 1;
    }
  },
};
