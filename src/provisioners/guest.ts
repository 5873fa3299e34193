import type { ProvisionerContext } from "../core/parts.js";
import { shellQuote } from "../core/text.js";
import { parsed } from "../options/fields.js";
import type { CommandRun } from "./command-run.js";
import { contentsPath, readLocalFile } from "./local-files.js";
import { runChecked } from "./run-remote.js";

/** The option `guest_os_type`; only `unix` is supported. */
export const guestOsType = parsed(
  "`unix`",
  (text) =>
    text === "" || text.toLowerCase() === "unix"
      ? { value: "unix" }
      : text.toLowerCase() === "windows"
        ? { complaint: 'must be "unix": Windows (WinRM) is not supported yet' }
        : { complaint: `must be "unix", not "${text}"` },
  { doc: "Operating system of the machine.", default: "unix" },
);

/** Why the options for Windows are not supported. */
export const WINDOWS_ONLY = "Windows (WinRM) is not supported yet.";

/** Operations on the machine for configuration management, as root where `sudo` is set. */
export interface Guest {
  /** Prefixes a command with `sudo` unless the options disable it. */
  sudo(command: string): string;
  makeDirectory(path: string): Promise<void>;
  /** Creates a directory that every user can write to, so that the login user can upload to it (Packer §5.8, §5.9). */
  makeOpenDirectory(path: string): Promise<void>;
  removeDirectory(path: string): Promise<void>;
  move(from: string, to: string): Promise<void>;
  /** Uploads the contents of a local directory to a new directory that every user can write to. */
  uploadContents(source: string, target: string): Promise<void>;
  uploadFile(source: string, target: string, mode?: number): Promise<void>;
  uploadText(text: string, target: string): Promise<void>;
}

/** Returns the operations on the machine of a context. They reject with a `BakeError` when they fail. */
export function guest(context: ProvisionerContext, withSudo: boolean): Guest {
  const { machine, narrator, signal, surroundings } = context;
  const sudo = (command: string) => (withSudo ? `sudo ${command}` : command);
  const makeDirectory = async (path: string) => {
    narrator.message(`Creating directory: ${path}`);
    await runChecked(context, sudo(`mkdir -p ${shellQuote(path)}`), `Cannot create directory "${path}"`);
  };
  const makeOpenDirectory = async (path: string) => {
    await makeDirectory(path);
    await runChecked(
      context,
      sudo(`chmod 0777 ${shellQuote(path)}`),
      `Cannot make directory "${path}" writable for all users`,
    );
  };
  const upload = (content: Uint8Array, target: string, exactMode: number | undefined) =>
    machine.communicator.uploadFile(
      exactMode === undefined
        ? { from: "memory", content, mode: 0o644 }
        : { from: "memory", content, mode: exactMode, exactMode: true },
      target,
      { signal },
    );
  return {
    sudo,
    makeDirectory,
    makeOpenDirectory,
    removeDirectory: (path) =>
      runChecked(context, sudo(`rm -rf ${shellQuote(path)}`), `Cannot remove directory "${path}"`),
    async move(from, to) {
      narrator.message(`Moving ${from} to ${to}`);
      await runChecked(context, sudo(`mv ${shellQuote(from)} ${shellQuote(to)}`), `Cannot move "${from}" to "${to}"`);
    },
    async uploadContents(source, target) {
      await makeOpenDirectory(target);
      await machine.communicator.uploadDirectory(contentsPath(source, surroundings.cwd), target, { signal });
    },
    async uploadFile(source, target, mode) {
      await upload(await readLocalFile(source, context, { code: "upload-source", kind: undefined }), target, mode);
    },
    uploadText: (text, target) => upload(Buffer.from(text), target, undefined),
  };
}

/** Returns whether a command failed because a shell or sudo did not find the program. */
export function isNotFound({ end, lastLines }: CommandRun, program: string): boolean {
  if (end.status !== "exited" || end.code === 0) return false;
  return end.code === 127 || lastLines.some((line) => line.includes(program) && /not found|No such file/.test(line));
}
