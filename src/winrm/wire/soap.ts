import { childrenOf, escapeXml, findElement, readXml, type XmlElement } from "./xml.js";

/** Namespaces of WS-Management for Windows shells ([MS-WSMV] 2.2.1). */
export const SHELL_NAMESPACE = "http://schemas.microsoft.com/wbem/wsman/1/windows/shell";
const TRANSFER = "http://schemas.xmlsoap.org/ws/2004/09/transfer";
/** The kind of shell that runs commands by cmd.exe. */
const CMD_SHELL = "http://schemas.microsoft.com/wbem/wsman/1/windows/shell/cmd";

/** Operations on a shell ([MS-WSMV] 3.1.4). */
export type WsmanOperation = "Create" | "Command" | "Send" | "Receive" | "Signal" | "Delete";

/** Largest response to request, in bytes: the default limit of Windows (`MaxEnvelopeSizekb`) is 500 KB. */
export const LARGEST_ENVELOPE = 512_000;

/** A request to a shell. */
export interface WsmanRequest {
  readonly operation: WsmanOperation;
  /** ID of the shell; undefined for Create. */
  readonly shell: string | undefined;
  /** Content of the SOAP body. */
  readonly body: string;
  readonly options: Readonly<Record<string, string>>;
}

/** What differs in each request: address, random ID, and the seconds after which the service ends the operation. */
export interface WsmanAddressing {
  readonly to: string;
  readonly messageId: string;
  readonly timeout: number;
}

/** Returns the SOAP envelope of a request. */
export function writeEnvelope(request: WsmanRequest, { to, messageId, timeout }: WsmanAddressing): string {
  const { operation, shell } = request;
  const action = `${operation === "Create" || operation === "Delete" ? TRANSFER : SHELL_NAMESPACE}/${operation}`;
  const options = Object.entries(request.options)
    .map(([name, value]) => `<w:Option Name="${name}">${value}</w:Option>`)
    .join("");
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing"',
    ' xmlns:w="http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd" xmlns:p="http://schemas.microsoft.com/wbem/wsman/1/wsman.xsd"',
    ` xmlns:rsp="${SHELL_NAMESPACE}"><s:Header><a:To>${escapeXml(to)}</a:To>`,
    '<a:ReplyTo><a:Address s:mustUnderstand="true">http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous</a:Address></a:ReplyTo>',
    `<a:MessageID>uuid:${messageId}</a:MessageID><a:Action s:mustUnderstand="true">${action}</a:Action>`,
    `<w:ResourceURI s:mustUnderstand="true">${CMD_SHELL}</w:ResourceURI>`,
    `<w:MaxEnvelopeSize s:mustUnderstand="true">${LARGEST_ENVELOPE}</w:MaxEnvelopeSize>`,
    '<w:Locale xml:lang="en-US" s:mustUnderstand="false"/><p:DataLocale xml:lang="en-US" s:mustUnderstand="false"/>',
    `<w:OperationTimeout>PT${timeout}S</w:OperationTimeout>`,
    options && `<w:OptionSet s:mustUnderstand="true">${options}</w:OptionSet>`,
    shell === undefined
      ? ""
      : `<w:SelectorSet><w:Selector Name="ShellId">${escapeXml(shell)}</w:Selector></w:SelectorSet>`,
    `</s:Header><s:Body>${request.body}</s:Body></s:Envelope>`,
  ].join("");
}

/** Returns the request for a shell: UTF-8 output, and the profile of the user. */
export function createRequest(): WsmanRequest {
  return {
    operation: "Create",
    shell: undefined,
    options: { WINRS_NOPROFILE: "FALSE", WINRS_CODEPAGE: "65001" },
    body: "<rsp:Shell><rsp:InputStreams>stdin</rsp:InputStreams><rsp:OutputStreams>stdout stderr</rsp:OutputStreams></rsp:Shell>",
  };
}

export function deleteRequest(shell: string): WsmanRequest {
  return { operation: "Delete", shell, options: {}, body: "" };
}

/** How a command is started. */
export interface WsmanCommand {
  /** ID of the client's choice, so that a command whose response was lost can be found. */
  readonly id: string;
  readonly line: string;
  /** Whether cmd.exe runs the line. Otherwise its first word is the program, without the limit of cmd.exe. */
  readonly cmd: boolean;
  /** Whether the command gets its standard input by Send requests. */
  readonly input: boolean;
}

export function commandRequest(shell: string, { id, line, cmd, input }: WsmanCommand): WsmanRequest {
  const space = cmd ? -1 : line.indexOf(" ");
  const program = space < 0 ? line : line.slice(0, space);
  const rest = space < 0 ? "" : `<rsp:Arguments>${escapeXml(line.slice(space + 1))}</rsp:Arguments>`;
  return {
    operation: "Command",
    shell,
    options: { WINRS_CONSOLEMODE_STDIN: input ? "FALSE" : "TRUE", WINRS_SKIP_CMD_SHELL: cmd ? "FALSE" : "TRUE" },
    body: `<rsp:CommandLine CommandId="${id}"><rsp:Command>${escapeXml(program)}</rsp:Command>${rest}</rsp:CommandLine>`,
  };
}

/** Returns the request that writes to the standard input of a command. `end` closes it. */
export function sendRequest(shell: string, command: string, data: Uint8Array, end: boolean): WsmanRequest {
  const text = Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString("base64");
  const last = end ? ' End="true"' : "";
  return {
    operation: "Send",
    shell,
    options: {},
    body: `<rsp:Send><rsp:Stream Name="stdin" CommandId="${escapeXml(command)}"${last}>${text}</rsp:Stream></rsp:Send>`,
  };
}

export function receiveRequest(shell: string, command: string): WsmanRequest {
  return {
    operation: "Receive",
    shell,
    options: {},
    body: `<rsp:Receive><rsp:DesiredStream CommandId="${escapeXml(command)}">stdout stderr</rsp:DesiredStream></rsp:Receive>`,
  };
}

/** Returns the request that ends a command and releases what the service holds for it. */
export function terminateRequest(shell: string, command: string): WsmanRequest {
  return {
    operation: "Signal",
    shell,
    options: {},
    body: `<rsp:Signal CommandId="${escapeXml(command)}"><rsp:Code>${SHELL_NAMESPACE}/signal/terminate</rsp:Code></rsp:Signal>`,
  };
}

/** Output of a command, and its exit code once it has ended. */
export interface ReceivedOutput {
  readonly pieces: readonly { readonly stream: "stdout" | "stderr"; readonly bytes: Buffer }[];
  /** Undefined while the command runs. */
  readonly exitCode: number | undefined;
}

/** Returns the ID of the shell in the response to Create; undefined if there is none. */
export function readShellId(body: XmlElement): string | undefined {
  const selector = findElement(body, "SelectorSet");
  const selected =
    selector && childrenOf(selector, "Selector").find((each) => each.attributes.get("Name") === "ShellId");
  return (selected ?? findElement(body, "ShellId"))?.text.trim() || undefined;
}

/** Returns the ID of the command in the response to Command. */
export function readCommandId(body: XmlElement): string | undefined {
  return findElement(body, "CommandId")?.text.trim() || undefined;
}

/** Returns the output in the response to Receive ([MS-WSMV] 3.1.4.14). */
export function readOutput(body: XmlElement): ReceivedOutput {
  const response = findElement(body, "ReceiveResponse");
  const streams = response ? childrenOf(response, "Stream") : [];
  const state = response && childrenOf(response, "CommandState")[0];
  const done = state?.attributes.get("State")?.endsWith("/Done") ?? false;
  const code = Number.parseInt(state ? (findElement(state, "ExitCode")?.text ?? "0") : "0", 10);
  return {
    pieces: streams.flatMap(({ attributes, text }) => {
      const stream = attributes.get("Name");
      return (stream === "stdout" || stream === "stderr") && text !== ""
        ? [{ stream, bytes: Buffer.from(text, "base64") } as const]
        : [];
    }),
    exitCode: done ? (Number.isNaN(code) ? 0 : code) : undefined,
  };
}

/** Returns the SOAP body of a response. Throws an `XmlError` if the text is not an envelope. */
export function readEnvelope(text: string): XmlElement {
  const root = readXml(text);
  const [body] = childrenOf(root, "Body");
  if (root.name !== "Envelope" || !body) return { name: "Body", attributes: new Map(), children: [], text: "" };
  return body;
}
