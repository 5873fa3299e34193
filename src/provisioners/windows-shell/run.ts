import { basename } from "node:path";
import { BakeError } from "../../core/errors.js";
import type { ProvisionerContext } from "../../core/parts.js";
import { readLocalFile } from "../local-files.js";
import { runRemote, whileUnreachable } from "../run-remote.js";
import { environmentOf, formatVariables } from "../scripts.js";
import { checkEnd } from "../windows/script-end.js";
import { type WindowsShellOptions, whyNotSettable } from "./options.js";

/** Uploads and runs batch scripts on the machine (Packer §5.5). Throws a `BakeError` that names a failed script. */
export async function run(options: WindowsShellOptions, context: ProvisionerContext): Promise<void> {
  const { narrator, signal, machine } = context;
  narrator.say("Provisioning with windows-shell...");
  const variables = environmentOf(options, context.identity);
  for (const [name, value] of variables) {
    // A value can be known only now, such as the password of the instance.
    const why = whyNotSettable(value, options.env_var_format);
    if (why !== undefined) throw notSettable(name, why, context);
  }
  const vars = formatVariables(variables, options.env_var_format || 'set "%s=%s" && ');
  for (const { name, file, read } of scriptsOf(options, context)) {
    narrator.say(`Provisioning with shell script: ${name}`);
    const given = options.remote_path || "c:/Windows/Temp/script.bat";
    const path = /[/\\]$/.test(given) ? given + file : given;
    const command = options.execute_command?.source
      ? options.execute_command.render({ Vars: vars, Path: path })
      : `${vars}"${path}"`;
    const content = await read();
    const ran = await whileUnreachable(context, options.start_retry_timeout, async () => {
      await machine.communicator.uploadFiles(
        [{ source: { from: "memory", content, mode: 0o600 }, destination: path }],
        { signal },
      );
      return runRemote(context, command);
    });
    checkEnd(name, ran, options, context);
  }
}

function notSettable(name: string, why: string, { range }: ProvisionerContext): BakeError {
  return new BakeError(`The value of ${name} has ${why}`, {
    code: "variable-not-settable",
    hint: "Pass it to a powershell provisioner, or upload it with a file provisioner.",
    range,
  });
}

interface Script {
  readonly name: string;
  /** Name of the file, where `remote_path` is a directory. */
  readonly file: string;
  read(): Promise<Uint8Array>;
}

function scriptsOf(options: WindowsShellOptions, context: ProvisionerContext): readonly Script[] {
  const { inline, binary } = options;
  if (inline.length > 0) {
    const content = Buffer.from(`${inline.join("\n")}\n`);
    return [
      { name: "inline script", file: "script.bat", read: async () => (binary ? content : withWindowsLines(content)) },
    ];
  }
  return (options.script ? [options.script] : options.scripts).map((path) => ({
    name: path,
    file: basename(path),
    async read() {
      const content = await readLocalFile(path, context, { code: "script-unreadable", kind: "script" });
      return binary ? content : withWindowsLines(content);
    },
  }));
}

/** Converts LF to CRLF: cmd.exe does not find all labels of a batch file with LF. */
function withWindowsLines(content: Uint8Array): Uint8Array {
  const text = Buffer.from(content).toString("latin1");
  return Buffer.from(text.replace(/\r?\n/g, "\r\n"), "latin1");
}
