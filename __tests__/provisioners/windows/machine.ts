import type { Communicator, ExecResult, FileUpload } from "../../../src/core/communicator.js";
import type { BakeEvent } from "../../../src/core/events.js";
import type { ProvisionerContext, RunProvisioner } from "../../../src/core/parts.js";
import type { Schema } from "../../../src/options/schema.js";
import { messagesIn, optionsFor, outputOf, provisionerContext } from "../provision.js";

/** What a Windows machine was asked to do: files and commands in order. */
type Request =
  | { readonly file: string; readonly text: string }
  | { readonly line: string; readonly script?: string; readonly stdin?: string; readonly aborted?: true };

/** How the machine answers a command; undefined is exit code 0 without output. */
interface Answer {
  readonly end?: ExecResult;
  readonly stdout?: string;
  readonly stderr?: string;
  /** Rejects instead: the command could not be started. */
  readonly error?: Error;
}

/** Time that passes only when something waits. */
export function testClock() {
  let now = 1_000_000;
  return {
    now: () => now,
    async sleep(ms: number, signal?: AbortSignal) {
      signal?.throwIfAborted();
      now += ms;
    },
  };
}

/**
 * A Windows machine that records what it is asked to do, over WinRM. Nothing runs: `answer` decides on the text of a line and of the
 * script that it carries.
 */
export function recordingMachine(
  answer: (text: string, context: { now: number }) => Answer | undefined = () => undefined,
) {
  const requests: Request[] = [];
  const clock = testClock();
  const put = (files: readonly FileUpload[]) => {
    for (const { source, destination } of files) {
      const text = source.from === "memory" ? Buffer.from(source.content).toString() : `<${source.path}>`;
      requests.push({ file: destination, text });
    }
  };
  const communicator: Communicator = {
    type: "winrm",
    async exec(line, options) {
      options?.signal?.throwIfAborted();
      const encoded = / -EncodedCommand (\S+)$/.exec(line)?.[1];
      const script = encoded === undefined ? undefined : Buffer.from(encoded, "base64").toString("utf16le");
      const stdin = options?.stdin === undefined ? undefined : Buffer.from(options.stdin as Uint8Array).toString();
      requests.push({
        line: encoded === undefined ? line : line.replace(encoded, "…"),
        ...(script === undefined ? {} : { script }),
        ...(stdin === undefined ? {} : { stdin }),
      });
      const given = answer(`${line}\n${script ?? ""}`, { now: clock.now() });
      if (given?.error) throw given.error;
      if (given?.stdout) options?.onOutput?.(Buffer.from(given.stdout), "stdout");
      if (given?.stderr) options?.onOutput?.(Buffer.from(given.stderr), "stderr");
      return given?.end ?? { status: "exited", code: 0 };
    },
    uploadFile: async (source, destination) => put([{ source, destination }]),
    uploadFiles: async (files) => put(files),
    uploadDirectory: async (source, destination) =>
      void requests.push({ file: destination, text: `<folder ${source}>` }),
    downloadFile: async (source, destination) => void requests.push({ line: `download ${source} ${destination}` }),
    downloadDirectory: async (source, destination) =>
      void requests.push({ line: `download folder ${source} ${destination}` }),
    connection: () => undefined,
    close: async () => undefined,
  };
  return { communicator, requests, clock };
}

/** Runs a provisioner against a recording machine. Unique ids are `id1`, `id2`, … */
export async function provisionWindows<T>(
  kind: { readonly schema: Schema<T>; readonly run: RunProvisioner<T> },
  options: object,
  {
    cwd = "/",
    answer,
    changes = {},
  }: {
    cwd?: string;
    answer?: Parameters<typeof recordingMachine>[0];
    changes?: Partial<ProvisionerContext>;
  } = {},
) {
  const machine = recordingMachine(answer);
  const plain = provisionerContext(machine.communicator, cwd, changes);
  let id = 0;
  const uuid = () => `id${++id}`;
  const surroundings = { ...plain.surroundings, clock: machine.clock, ids: { ...plain.surroundings.ids, uuid } };
  const error = await kind.run(optionsFor(kind.schema, options, cwd), { ...plain, surroundings }).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  const events: readonly BakeEvent[] = plain.events;
  return { error, events, requests: machine.requests, output: outputOf(events), said: messagesIn(events) };
}

/** Returns the requests without the removal of files. */
export function asked(requests: readonly Request[]): readonly Request[] {
  return requests.filter((each) => !JSON.stringify(each).includes("packer-cleanup"));
}

/** Returns the requests that remove files or end a task, as text. */
export function cleanup(requests: readonly Request[]): readonly string[] {
  return requests.flatMap((each) =>
    "line" in each && JSON.stringify(each).includes("packer-cleanup") ? [each.script ?? each.line] : [],
  );
}
