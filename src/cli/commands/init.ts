import { hasErrors } from "../../core/diagnostics.js";
import { readingRequest } from "../../engine/request.js";
import { requestedTemplate } from "../../engine/requests/bake.js";
import { command } from "../command.js";
import { printer } from "../printer.js";

/** `bake-ami init`. */
export const init = command({
  name: "init",
  synopsis: "check that bake-ami has the plugins that a template requires",
  usage: "bake-ami init [options] TEMPLATE",
  help: "Installs nothing: builders, data sources, provisioners and post-processors are built in. Reports the components that the template uses and bake-ami does not have, so that a script with packer init works with the name replaced. The exit code is 1 if the template cannot be read or uses an unknown component.",
  arguments: { least: 1, most: 1, suggested: "files" },
  request: ({ values }, [path = ""], { cwd }) => readingRequest(cwd, requestedTemplate(path, values, false)),
  async run(request, { engine, terminal, secrets, machineReadable }) {
    const print = printer(terminal, secrets, { paint: false, machineReadable });
    const { requirements, diagnostics, sources } = await engine.requiredComponents(request, secrets.add);
    print.diagnostics({ diagnostics, sources });
    if (!requirements) return 1;
    const { plugins, others } = requirements;
    const used = [...plugins.flatMap(({ components }) => components), ...others];
    const problems = used.flatMap(({ problem }) => problem ?? []);
    print.diagnostics({ diagnostics: problems, sources });
    if (hasErrors(problems)) return 1;
    print.line(
      problems.length === 0
        ? "Nothing to install: all components of the template are built in."
        : "Nothing to install: bake-ami does not run plugins. Builds that use only built-in components run.",
    );
    return 0;
  },
});
