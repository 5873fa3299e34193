import { plain } from "../../core/plain.js";
import { command } from "../command.js";
import { printer } from "../printer.js";

/** `bake-ami matrix`. */
export const matrix = command({
  name: "matrix",
  synopsis: "print a GitHub job matrix for a directory of templates",
  usage: "bake-ami matrix [options] DIRECTORY|TEMPLATE...",
  help: "Prints one line of JSON for strategy.matrix, with one job per template: name, template, image and only. In a directory, an HCL2 file that refers to no other file is one template; the files that refer to each other are one template together. Each JSON file with builders is one template. Subdirectories are searched. Templates without builds are skipped with a notice. The exit code is 1 if no template is found or a template cannot be read.",
  arguments: {
    least: 1,
    most: Number.POSITIVE_INFINITY,
    missing: "A directory or a template is required",
    suggested: "files",
  },
  request: ({ values: { exclude, perBuild } }, paths, { cwd }) => ({ paths, exclude, perBuild, cwd, job: undefined }),
  async run(request, { engine, terminal, secrets, machineReadable }) {
    const print = printer(terminal, secrets, { paint: false, machineReadable });
    const read = await engine.matrix({ ...request, mask: secrets.add });
    for (const notice of read.notices) terminal.error(plain(notice));
    print.diagnostics({ diagnostics: read.errors, sources: read.sources });
    if (!read.matrix) return 1;
    terminal.write(JSON.stringify(read.matrix));
    return 0;
  },
});
