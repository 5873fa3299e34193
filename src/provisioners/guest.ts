import type { ProvisionerContext } from "../core/parts.js";
import { shellQuote } from "../core/text.js";
import { parsed } from "../options/fields.js";
import type { CommandRun } from "./command-run.js";
import { contentsPath, readLocalFile } from "./local-files.js";
import { runChecked } from "./run-remote.js";
import { encodedCommand, literal } from "./windows/quote.js";

/** Operating system of a machine. */
export type GuestOs = "unix" | "windows";

/** The option `guest_os_type`. */
export const guestOsType = parsed<GuestOs, { readonly doc: string; readonly defaultDoc: string }>(
  "`unix` \\| `windows`",
  (text) => {
    const type = text.toLowerCase();
    if (type === "unix" || type === "windows") return { value: type };
    return { complaint: `must be "unix" or "windows", not "${text}"` };
  },
  { doc: "Operating system of the machine.", defaultDoc: "`unix`, with WinRM `windows`" },
);

/** Returns the operating system of the machine: as the template says, or by its communicator. */
export function guestOs(given: GuestOs | undefined, { machine }: Pick<ProvisionerContext, "machine">): GuestOs {
  return given ?? (machine.communicator.type === "winrm" ? "windows" : "unix");
}

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

/** How a machine is asked to change its directories. */
type Directories = Pick<Guest, "sudo" | "makeDirectory" | "makeOpenDirectory" | "removeDirectory" | "move">;

/** Returns the operations on the machine of a context. They reject with a `BakeError` when they fail. */
export function guest(context: ProvisionerContext, withSudo: boolean, os: GuestOs = "unix"): Guest {
  const { machine, signal, surroundings } = context;
  const directories = os === "windows" ? windowsDirectories(context) : unixDirectories(context, withSudo);
  const upload = (content: Uint8Array, target: string, exactMode: number | undefined) =>
    machine.communicator.uploadFile(
      exactMode === undefined
        ? { from: "memory", content, mode: 0o644 }
        : { from: "memory", content, mode: exactMode, exactMode: true },
      target,
      { signal },
    );
  return {
    ...directories,
    async uploadContents(source, target) {
      await directories.makeOpenDirectory(target);
      await machine.communicator.uploadDirectory(contentsPath(source, surroundings.cwd), target, { signal });
    },
    async uploadFile(source, target, mode) {
      await upload(await readLocalFile(source, context, { code: "upload-source", kind: undefined }), target, mode);
    },
    uploadText: (text, target) => upload(Buffer.from(text), target, undefined),
  };
}

function unixDirectories(context: ProvisionerContext, withSudo: boolean): Directories {
  const { narrator } = context;
  const sudo = (command: string) => (withSudo ? `sudo ${command}` : command);
  const makeDirectory = async (path: string) => {
    narrator.message(`Creating directory: ${path}`);
    await runChecked(context, sudo(`mkdir -p ${shellQuote(path)}`), `Cannot create directory "${path}"`);
  };
  return {
    sudo,
    makeDirectory,
    async makeOpenDirectory(path) {
      await makeDirectory(path);
      await runChecked(
        context,
        sudo(`chmod 0777 ${shellQuote(path)}`),
        `Cannot make directory "${path}" writable for all users`,
      );
    },
    removeDirectory: (path) =>
      runChecked(context, sudo(`rm -rf ${shellQuote(path)}`), `Cannot remove directory "${path}"`),
    async move(from, to) {
      narrator.message(`Moving ${from} to ${to}`);
      await runChecked(context, sudo(`mv ${shellQuote(from)} ${shellQuote(to)}`), `Cannot move "${from}" to "${to}"`);
    },
  };
}

/** Windows has no sudo, and no permission bits. */
function windowsDirectories(context: ProvisionerContext): Directories {
  const { narrator } = context;
  const run = (script: string, failure: string) =>
    runChecked(
      context,
      encodedCommand(`$ErrorActionPreference = 'Stop'; $ProgressPreference = 'SilentlyContinue'; ${script}`),
      failure,
    );
  const makeDirectory = async (path: string) => {
    narrator.message(`Creating directory: ${path}`);
    const script = `[void](New-Item -ItemType Directory -Force -Path ${literal(path)})`;
    await run(script, `Cannot create directory "${path}"`);
  };
  return {
    sudo: (command) => command,
    makeDirectory,
    makeOpenDirectory: makeDirectory,
    removeDirectory: (path) =>
      run(
        `if (Test-Path -LiteralPath ${literal(path)}) { Remove-Item -LiteralPath ${literal(path)} -Recurse -Force }`,
        `Cannot remove directory "${path}"`,
      ),
    async move(from, to) {
      narrator.message(`Moving ${from} to ${to}`);
      const script = `Move-Item -LiteralPath ${literal(from)} -Destination ${literal(to)} -Force`;
      await run(script, `Cannot move "${from}" to "${to}"`);
    },
  };
}

/** Returns whether a command failed because a shell or sudo did not find the program. */
export function isNotFound({ end, lastLines }: CommandRun, program: string): boolean {
  if (end.status !== "exited" || end.code === 0) return false;
  // cmd.exe ends with 9009, in a batch file with 1.
  return (
    end.code === 127 ||
    end.code === 9009 ||
    lastLines.some((line) => line.includes(program) && /not found|No such file|is not recognized/.test(line))
  );
}
