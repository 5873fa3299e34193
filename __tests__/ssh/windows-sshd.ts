import {
  closeSync,
  fstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  type Stats,
  statSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import ssh2, { type SFTPWrapper } from "ssh2";
import { generateKeyPair } from "../../src/ssh/keys/key-pair.js";

/** What OpenSSH for Windows returns for the probe of the default shell. */
export const SHELLS = {
  cmd: "C:\\Windows\\system32\\cmd.exe $PSHOME\r\n",
  powershell: "%COMSPEC%\r\nC:\\Windows\\System32\\WindowsPowerShell\\v1.0\r\n",
  bash: "%COMSPEC%\n",
} as const;

/** A server that looks like Windows: its identification, drives below a folder, and no command that a POSIX system has. */
export interface WindowsSshd {
  readonly port: number;
  readonly user: string;
  /** All command lines so far, without the newline that follows each. */
  readonly lines: readonly string[];
  /** All paths that SFTP requests named. */
  readonly paths: readonly string[];
  stop(): Promise<void>;
}

interface WindowsSshdOptions {
  /** Folder that `/C:` stands for. */
  readonly drive: string;
  readonly password: string;
  readonly identification?: string;
  readonly shell?: keyof typeof SHELLS;
  /** The exit code of a line. */
  readonly exitCode?: (line: string) => number;
}

const { STATUS_CODE, OPEN_MODE } = ssh2.utils.sftp;

/** Starts the server on a free port. */
export async function startWindowsSshd(options: WindowsSshdOptions): Promise<WindowsSshd> {
  const { shell = "cmd", exitCode = () => 0, identification = "OpenSSH_for_Windows_9.5" } = options;
  const key = await generateKeyPair("ed25519", { comment: "host" });
  const lines: string[] = [];
  const paths: string[] = [];
  const clients = new Set<{ end(): void }>();
  const server = new ssh2.Server({ hostKeys: [key.privateKey], ident: identification }, (client) => {
    clients.add(client);
    client.on("error", () => undefined);
    client.on("authentication", (context) => {
      if (context.method === "password" && context.password === options.password) context.accept();
      else context.reject(["password"]);
    });
    client.on("session", (accept) => {
      const session = accept();
      session.on("exec", (acceptExec, _reject, { command }) => {
        const line = command.replace(/\n$/, "");
        lines.push(line);
        const channel = acceptExec();
        channel.write(line.startsWith("echo %COMSPEC%") ? SHELLS[shell] : "");
        channel.exit(exitCode(line));
        channel.end();
      });
      session.on("sftp", (acceptSftp) => serveDrive(acceptSftp(), options.drive, paths));
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const address = server.address();
  return {
    port: typeof address === "object" && address ? address.port : 0,
    user: "Administrator",
    lines,
    paths,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const client of clients) client.end();
      }),
  };
}

/** Serves SFTP below a folder. It knows `/C:/path` and `C:/path` alone, and no request that changes modes. */
function serveDrive(sftp: SFTPWrapper, drive: string, paths: string[]): void {
  const open = new Map<number, { readonly file: number } | { names: string[] }>();
  let last = 0;
  const place = (path: string): string => {
    paths.push(path);
    const below = /^\/?C:(\/.*)?$/.exec(path);
    if (!below) throw new Error(`no such drive: ${path}`);
    return join(drive, below[1] ?? "");
  };
  const answer = (id: number, work: () => void) => {
    try {
      work();
    } catch {
      sftp.status(id, STATUS_CODE.NO_SUCH_FILE);
    }
  };
  const keep = (id: number, opened: { readonly file: number } | { names: string[] }) => {
    last += 1;
    open.set(last, opened);
    const handle = Buffer.alloc(4);
    handle.writeUInt32BE(last);
    sftp.handle(id, handle);
  };
  const opened = (handle: Buffer) => open.get(handle.readUInt32BE());
  const fileOf = (handle: Buffer): number => {
    const found = opened(handle);
    if (found === undefined || !("file" in found)) throw new Error("no file");
    return found.file;
  };
  // ssh2 does not close the channel of SFTP with the client's.
  sftp.on("end", () => sftp.end());
  sftp.on("OPEN", (id, path, flags) =>
    answer(id, () => keep(id, { file: openSync(place(path), (flags & OPEN_MODE.WRITE) === 0 ? "r" : "w") })),
  );
  sftp.on("WRITE", (id, handle, offset, data) =>
    answer(id, () => {
      writeSync(fileOf(handle), data, 0, data.length, offset);
      sftp.status(id, STATUS_CODE.OK);
    }),
  );
  sftp.on("READ", (id, handle, offset, length) =>
    answer(id, () => {
      const data = Buffer.alloc(length);
      const read = readSync(fileOf(handle), data, 0, length, offset);
      if (read === 0) sftp.status(id, STATUS_CODE.EOF);
      else sftp.data(id, data.subarray(0, read));
    }),
  );
  sftp.on("CLOSE", (id, handle) =>
    answer(id, () => {
      const found = opened(handle);
      if (found && "file" in found) closeSync(found.file);
      sftp.status(id, STATUS_CODE.OK);
    }),
  );
  sftp.on("FSTAT", (id, handle) => answer(id, () => sftp.attrs(id, attributes(fstatSync(fileOf(handle))))));
  for (const request of ["STAT", "LSTAT"] as const) {
    sftp.on(request, (id: number, path: string) => answer(id, () => sftp.attrs(id, attributes(statSync(place(path))))));
  }
  sftp.on("MKDIR", (id, path) =>
    answer(id, () => {
      mkdirSync(place(path));
      sftp.status(id, STATUS_CODE.OK);
    }),
  );
  sftp.on("OPENDIR", (id, path) => answer(id, () => keep(id, { names: readdirSync(place(path)) })));
  sftp.on("READDIR", (id, handle) => {
    const found = opened(handle);
    const names = found && "names" in found ? found.names.splice(0) : [];
    if (names.length === 0) return sftp.status(id, STATUS_CODE.EOF);
    const attrs = { mode: 0o666, uid: 0, gid: 0, size: 0, atime: 0, mtime: 0 };
    sftp.name(
      id,
      names.map((filename) => ({ filename, longname: filename, attrs })),
    );
  });
}

function attributes({ mode, size }: Stats) {
  return { mode, size, uid: 0, gid: 0, atime: 0, mtime: 0 };
}
