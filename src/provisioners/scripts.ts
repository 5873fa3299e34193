import type { CheckContext, Complaints } from "../options/schema.js";

/** Options that say what to run. */
export interface ScriptOptions {
  readonly inline: readonly string[];
  readonly script: string | undefined;
  readonly scripts: readonly string[];
}

/** Complains unless exactly one of `inline`, `script` and `scripts` is given and the files exist (Packer §5.1). */
export function checkScripts(options: ScriptOptions, complaints: Complaints, context: CheckContext): void {
  const given = [
    ...(options.script ? ["script"] : []),
    ...(options.scripts.length > 0 ? ["scripts"] : []),
    ...(options.inline.length > 0 ? ["inline"] : []),
  ];
  if (given.length === 0) {
    complaints.error("", "either a script file or an inline script must be specified", 'Add "inline" or "script".');
  }
  if (given.length > 1) {
    complaints.error(given[1] ?? "", `only one of ${given.map((name) => `"${name}"`).join(" and ")} can be specified`);
  }
  if (options.script) checkFile("script", options.script, complaints, context);
  options.scripts.forEach((path, index) => {
    checkFile(`scripts[${index}]`, path, complaints, context);
  });
}

function checkFile(option: string, path: string, complaints: Complaints, context: CheckContext): void {
  const kind = context.pathKind(path);
  if (kind === "missing") {
    complaints.error(
      option,
      `bad script '${path}': no such file or directory`,
      "Relative paths start from the working directory, not from the template's folder.",
    );
  }
  if (kind === "directory") complaints.error(option, `bad script '${path}': it is a directory`);
}

/** Packer's first line of inline scripts, without `#!`. */
export const DEFAULT_SHEBANG = "/bin/sh -e";

/** The inline lines as one file: with a shebang of their own, the option's, or Packer's default. */
export function inlineScript(lines: readonly string[], shebang: string | undefined): string {
  const own = shebang === undefined && (lines[0] ?? "").startsWith("#!");
  return [...(own ? [] : [`#!${shebang ?? DEFAULT_SHEBANG}`]), ...lines, ""].join("\n");
}
