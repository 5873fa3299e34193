import { readFile, stat } from "node:fs/promises";
import type { Communicator, UploadSource } from "../../../core/communicator.js";
import type { Narrator } from "../../../core/events.js";

/** What prepares Windows for an image: sysprep, also by EC2Launch, and EC2Launch's reset (EC2 User Guide, "Create an AMI using Windows Sysprep"). */
const PREPARES = /\bsysprep|SysprepInstance|InitializeInstance\.ps1|ec2launch(?:\.exe)?["']?\s+reset\b/i;

/** Larger files are not read: they are no scripts. */
const LARGEST = 256 * 1024;

/** A communicator that is watched, and what was seen. */
export interface SysprepWatch {
  readonly communicator: Communicator;
  /** Whether a command or a script that was sent prepares Windows for an image; true too if a program on the runner connected by itself. */
  seen(): boolean;
}

/** Watches what provisioners send to Windows: command lines, also encoded ones, and scripts. */
export function watchForSysprep(communicator: Communicator): SysprepWatch {
  let seen = false;
  const note = (text: string) => {
    seen ||= PREPARES.test(text);
  };
  return {
    seen: () => seen,
    communicator: {
      ...communicator,
      exec(command, options) {
        note(command);
        note(decoded(command));
        return communicator.exec(command, options);
      },
      async uploadFile(source, destination, options) {
        note(await textOf(source));
        return communicator.uploadFile(source, destination, options);
      },
      async uploadFiles(files, options) {
        for (const { source } of files) note(await textOf(source));
        return communicator.uploadFiles(files, options);
      },
      connection() {
        // Ansible runs its own commands, which are not seen.
        seen = true;
        return communicator.connection();
      },
    },
  };
}

/** Returns the script of `-EncodedCommand`; empty if the line has none. */
function decoded(line: string): string {
  const [, data = ""] = /-EncodedCommand\s+([A-Za-z0-9+/=]+)/i.exec(line) ?? [];
  return Buffer.from(data, "base64").toString("utf16le");
}

/** Returns the text of a small file; empty for a large one, and for one that cannot be read: the upload reports that. */
async function textOf(source: UploadSource): Promise<string> {
  if (source.from === "memory")
    return source.content.length > LARGEST ? "" : Buffer.from(source.content).toString("latin1");
  try {
    return (await stat(source.path)).size > LARGEST ? "" : await readFile(source.path, "latin1");
  } catch {
    return "";
  }
}

/** Reports that Windows was not prepared: instances of such an image are hard to log in to. */
export function warnOfMissingSysprep(narrator: Narrator): void {
  narrator.warn({
    code: "windows-not-prepared",
    summary: "No provisioner prepared Windows for the image: sysprep was not run, and EC2Launch was not reset",
    hint:
      "Instances of the image keep the administrator's password, EC2 returns no password for them, and their user data does not run. Run EC2Launch in " +
      'the last provisioner: `& "$env:ProgramFiles/Amazon/EC2Launch/ec2launch" reset --block`, then the same with `sysprep --block`.',
  });
}
