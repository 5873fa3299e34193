import type { ProvisionerContext } from "../core/parts.js";
import { shellQuote } from "../core/text.js";
import { parsed } from "../options/fields.js";
import type { CommandRun } from "./command-run.js";
import { contentsPath, readLocalFile } from "./local-files.js";
import { runChecked } from "./run-remote.js";

/** The option `guest_os_type`, as far as there are machines for it here. */
export const guestOsType = parsed(
  "`unix`",
  (text) =>
    text === "" || text.toLowerCase() === "unix"
      ? { value: "unix" }
      : text.toLowerCase() === "windows"
        ? { complaint: "is windows: Windows machines (WinRM) are not supported yet" }
        : { complaint: `must be "unix", not "${text}"` },
  { doc: "System of the machine.", default: "unix" },
);

/** Why the options for Windows do nothing here. */
export const WINDOWS_ONLY = "Windows machines (WinRM) are not supported yet.";

/** What configuration management needs done on the machine, as root where `sudo` is set. */
export interface Guest {
  /** Puts `sudo` before a command unless the options forbid it. */
  sudo(command: string): string;
  makeDirectory(path: string): Promise<void>;
  /** Makes a directory that everybody may write to, so that the login user can upload into what root made (Packer §5.8, §5.9). */
  makeOpenDirectory(path: string): Promise<void>;
  removeDirectory(path: string): Promise<void>;
  move(from: string, to: string): Promise<void>;
  /** Uploads what a local directory holds into a new open directory. */
  uploadContents(source: string, target: string): Promise<void>;
  uploadFile(source: string, target: string, mode?: number): Promise<void>;
  uploadText(text: string, target: string): Promise<void>;
}

/** The machine of a context. Its commands reject with a `BakeError` when they fail. */
export function guest(context: ProvisionerContext, withSudo: boolean): Guest {
  const { machine, narrator, signal, surroundings } = context;
  const sudo = (command: string) => (withSudo ? `sudo ${command}` : command);
  const makeDirectory = async (path: string) => {
    narrator.message(`Creating directory: ${path}`);
    await runChecked(context, sudo(`mkdir -p ${shellQuote(path)}`), `cannot create the directory ${path}`);
  };
  const makeOpenDirectory = async (path: string) => {
    await makeDirectory(path);
    await runChecked(context, sudo(`chmod 0777 ${shellQuote(path)}`), `cannot open the directory ${path} to all`);
  };
  const upload = (content: Uint8Array, target: string, mode: number) =>
    machine.communicator.uploadFile({ from: "memory", content, mode }, target, { signal });
  return {
    sudo,
    makeDirectory,
    makeOpenDirectory,
    removeDirectory: (path) =>
      runChecked(context, sudo(`rm -rf ${shellQuote(path)}`), `cannot remove the directory ${path}`),
    async move(from, to) {
      narrator.message(`Moving ${from} to ${to}`);
      await runChecked(context, sudo(`mv ${shellQuote(from)} ${shellQuote(to)}`), `cannot move ${from} to ${to}`);
    },
    async uploadContents(source, target) {
      await makeOpenDirectory(target);
      await machine.communicator.uploadDirectory(contentsPath(source, surroundings.cwd), target, { signal });
    },
    async uploadFile(source, target, mode = 0o644) {
      await upload(await readLocalFile(source, context, { code: "upload-source", kind: undefined }), target, mode);
    },
    uploadText: (text, target) => upload(Buffer.from(text), target, 0o644),
  };
}

/** Whether a shell or sudo on the machine did not find the program. */
export function isNotFound({ end, lastLines }: CommandRun, program: string): boolean {
  if (end.status !== "exited" || end.code === 0) return false;
  return end.code === 127 || lastLines.some((line) => line.includes(program) && /not found|No such file/.test(line));
}
