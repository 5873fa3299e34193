import { randomUUID } from "node:crypto";
import { FAULT } from "../../winrm/wire/fault.js";
import { childrenOf, findElement, type XmlElement } from "../../winrm/wire/xml.js";
import { ServedFault, type ServedRequest } from "./envelope.js";
import type { GuestRun, RecordingGuest } from "./guest.js";

/** `MaxShellsPerUser` of Windows. */
const MOST_SHELLS = 30;

/** Bytes of output in one response to Receive: in base64 they stay below `MaxEnvelopeSizekb`. */
const LARGEST_PIECE = 300_000;

const SHELL = "http://schemas.microsoft.com/wbem/wsman/1/windows/shell";

/** The shells of one instance. */
export interface Shells {
  /** Returns the SOAP body of the response. Rejects with a `ServedFault`. */
  serve(request: ServedRequest): Promise<string>;
  /** Ends all shells, as a shutdown does. */
  close(): void;
}

interface Command {
  readonly run: GuestRun;
  readonly output: { readonly stream: "stdout" | "stderr"; readonly bytes: Buffer }[];
  exit: number | undefined;
  /** Ends the wait of Receive requests. */
  wake: () => void;
}

type Shell = Map<string, Command>;

/** Returns the shells of an instance ([MS-WSMV] 3.1.4): Create, Command, Send, Receive, Signal and Delete. */
export function openShells(guest: RecordingGuest): Shells {
  const shells = new Map<string, Shell>();

  const shellOf = ({ shellId }: ServedRequest): Shell => {
    const shell = shells.get(shellId?.toUpperCase() ?? "");
    if (shell === undefined) throw notFound("shell");
    return shell;
  };
  const commandOf = (request: ServedRequest, element: string): Command => {
    const id = findElement(request.body, element)?.attributes.get("CommandId")?.toUpperCase();
    const command = shellOf(request).get(id ?? "");
    if (command === undefined) throw notFound("command");
    return command;
  };

  const create = (): string => {
    if (shells.size >= MOST_SHELLS) {
      throw new ServedFault(
        FAULT.tooManyShells,
        "w:QuotaLimit",
        `The WS-Management service cannot process the request. The maximum number of concurrent shells for this user (${MOST_SHELLS}) has been exceeded. Close existing shells or raise the quota for this user.`,
      );
    }
    const id = randomUUID().toUpperCase();
    shells.set(id, new Map());
    return `<x:ResourceCreated><a:Address>http://localhost/wsman</a:Address><a:ReferenceParameters><w:ResourceURI>${SHELL}/cmd</w:ResourceURI><w:SelectorSet><w:Selector Name="ShellId">${id}</w:Selector></w:SelectorSet></a:ReferenceParameters></x:ResourceCreated><rsp:Shell><rsp:ShellId>${id}</rsp:ShellId><rsp:InputStreams>stdin</rsp:InputStreams><rsp:OutputStreams>stdout stderr</rsp:OutputStreams></rsp:Shell>`;
  };

  const start = (request: ServedRequest): string => {
    const shell = shellOf(request);
    const commandLine = findElement(request.body, "CommandLine");
    const id = commandLine?.attributes.get("CommandId")?.toUpperCase() || randomUUID().toUpperCase();
    if (shell.has(id))
      throw new ServedFault(FAULT.shellNotFound, "w:InvalidSelectors", "The CommandId is already in use.");
    const output: Command["output"] = [];
    const command: Command = {
      output,
      exit: undefined,
      wake: () => undefined,
      run: guest.start({
        line: lineOf(commandLine),
        onOutput: (bytes, stream) => void output.push({ bytes, stream }),
        onEnd(code) {
          queueMicrotask(() => {
            command.exit = code;
            command.wake();
          });
        },
      }),
    };
    shell.set(id, command);
    return `<rsp:CommandResponse><rsp:CommandId>${id}</rsp:CommandId></rsp:CommandResponse>`;
  };

  const send = (request: ServedRequest): string => {
    const { run } = commandOf(request, "Stream");
    for (const stream of streamsOf(request.body)) {
      run.write(Buffer.from(stream.text, "base64"));
      if (/^(true|1)$/i.test(stream.attributes.get("End") ?? "")) run.end();
    }
    return "<rsp:SendResponse/>";
  };

  const signal = (request: ServedRequest): string => {
    const id = findElement(request.body, "Signal")?.attributes.get("CommandId")?.toUpperCase() ?? "";
    const command = commandOf(request, "Signal");
    command.run.stop();
    if (/terminate$/.test(findElement(request.body, "Code")?.text ?? "")) shellOf(request).delete(id);
    return "<rsp:SignalResponse/>";
  };

  const remove = (request: ServedRequest): string => {
    for (const { run } of shellOf(request).values()) run.stop();
    shells.delete(request.shellId?.toUpperCase() ?? "");
    return "";
  };

  return {
    async serve(request) {
      switch (request.operation) {
        case "Create":
          return create();
        case "Command":
          return start(request);
        case "Send":
          return send(request);
        case "Receive": {
          const id = findElement(request.body, "DesiredStream")?.attributes.get("CommandId") ?? "";
          return await receive(commandOf(request, "DesiredStream"), id, request.timeout);
        }
        case "Signal":
          return signal(request);
        case "Delete":
          return remove(request);
        default:
          throw new ServedFault(
            2150858817,
            "w:ActionNotSupported",
            `The action "${request.operation}" is not supported.`,
          );
      }
    },
    close() {
      for (const shell of shells.values()) for (const { run } of shell.values()) run.stop();
      shells.clear();
    },
  };
}

/** Waits for output or the end, at most `timeout` milliseconds. */
async function receive(command: Command, id: string, timeout: number): Promise<string> {
  if (command.output.length === 0 && command.exit === undefined) {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, timeout).unref();
      command.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
  if (command.output.length === 0 && command.exit === undefined) {
    throw new ServedFault(
      FAULT.operationTimeout,
      "w:TimedOut",
      "The WS-Management service cannot complete the operation within the time specified in OperationTimeout.",
    );
  }
  const streams = takePiece(command.output).map(
    ({ stream, bytes }) => `<rsp:Stream Name="${stream}" CommandId="${id}">${bytes.toString("base64")}</rsp:Stream>`,
  );
  const isDone = command.exit !== undefined && command.output.length === 0;
  const state = isDone
    ? `<rsp:CommandState CommandId="${id}" State="${SHELL}/CommandState/Done"><rsp:ExitCode>${command.exit}</rsp:ExitCode></rsp:CommandState>`
    : `<rsp:CommandState CommandId="${id}" State="${SHELL}/CommandState/Running"/>`;
  return `<rsp:ReceiveResponse>${streams.join("")}${state}</rsp:ReceiveResponse>`;
}

/** Removes as much output as one response may have, and returns it. */
function takePiece(output: Command["output"]): Command["output"] {
  const first = output.shift();
  if (first === undefined) return [];
  if (first.bytes.length <= LARGEST_PIECE) return [first];
  output.unshift({ ...first, bytes: first.bytes.subarray(LARGEST_PIECE) });
  return [{ ...first, bytes: first.bytes.subarray(0, LARGEST_PIECE) }];
}

/** Returns the command line: the command and its arguments ([MS-WSMV] 2.2.4.7). */
function lineOf(commandLine: XmlElement | undefined): string {
  if (commandLine === undefined) return "";
  const parts = [...childrenOf(commandLine, "Command"), ...childrenOf(commandLine, "Arguments")];
  return parts.map(({ text }) => text).join(" ");
}

function streamsOf(body: XmlElement): readonly XmlElement[] {
  const send = findElement(body, "Send");
  return send ? childrenOf(send, "Stream") : [];
}

function notFound(what: "shell" | "command"): ServedFault {
  return new ServedFault(
    FAULT.shellNotFound,
    "w:InvalidSelectors",
    `The request for the Windows Remote Shell failed because the ${what} was not found on the server. Possible causes are: the specified ${what} ID is incorrect, or the ${what} no longer exists on the server.`,
  );
}
