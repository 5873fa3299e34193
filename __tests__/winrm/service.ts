import { randomBytes, randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createSecure } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import { selfSignedCertificate } from "../../src/local/windows/certificate.js";
import { type NtlmAcceptor, ntlmAcceptor } from "../../src/winrm/ntlm/accept.js";
import { NtlmError } from "../../src/winrm/ntlm/messages.js";
import type { NtlmSealer } from "../../src/winrm/ntlm/seal.js";
import { isSealedType, openBody, PLAIN_TYPE, SEALED_TYPE, sealBody } from "../../src/winrm/wire/sealed-body.js";
import { escapeXml, findElement, readXml, type XmlElement } from "../../src/winrm/wire/xml.js";

/** A request that the service received. */
export interface ServiceCall {
  readonly operation: string;
  readonly shell: string;
  readonly command: string;
  readonly line: string;
  readonly cmd: boolean;
  readonly sealed: boolean;
  readonly method: string;
  readonly size: number;
}

/** What a command does: each item is the response to one Receive. */
export interface Program {
  readonly steps: readonly ("timeout" | { readonly stdout?: string | Buffer; readonly stderr?: string | Buffer })[];
  readonly exit?: number | undefined;
  /** Computes the steps after the standard input ended. */
  readonly read?: ((input: Buffer) => Program) | undefined;
}

/** What happens to a request: the connection ends before or after its effect, or the service returns a fault or another response. */
export type Accident =
  | { readonly do: "hangup"; readonly after?: boolean }
  | { readonly do: "hang" }
  | { readonly do: "fault"; readonly code: number; readonly text?: string }
  | { readonly do: "reply"; readonly status: number; readonly type?: string; readonly body?: string | Buffer }
  | { readonly do: "slow" | "forget-shells" };

/** Settings of the service. They can be changed at any time. */
export interface ServiceSettings {
  basic: boolean;
  ntlm: boolean;
  unencrypted: boolean;
  password: string;
  largest: number;
  /** Whether the service uses the IDs of commands that the client chooses. */
  takesIds: boolean;
  run: (line: string) => Program;
  accident: (call: ServiceCall, nth: number) => Accident | undefined;
}

/** A WinRM service on the loopback interface, for the tests of the client. */
export interface TestService {
  readonly port: number;
  readonly settings: ServiceSettings;
  readonly calls: ServiceCall[];
  /** Connections so far. */
  readonly connections: () => number;
  readonly shells: ReadonlyMap<string, unknown>;
  readonly certificate: string;
  /** Closes all connections and forgets all shells. */
  restart(): void;
  close(): Promise<void>;
}

interface Running {
  program: Program;
  at: number;
  input: Buffer[];
}

interface Login {
  acceptor?: NtlmAcceptor;
  user?: string;
  sealer?: NtlmSealer | undefined;
  method: string;
}

const SHELL = "http://schemas.microsoft.com/wbem/wsman/1/windows/shell";

export async function startService(given: Partial<ServiceSettings> = {}, secure = false): Promise<TestService> {
  const settings: ServiceSettings = {
    basic: true,
    ntlm: true,
    unencrypted: true,
    password: "secret",
    largest: 512_000,
    takesIds: true,
    run: () => ({ steps: [], exit: 0 }),
    accident: () => undefined,
    ...given,
  };
  const calls: ServiceCall[] = [];
  const counts = new Map<string, number>();
  const shells = new Map<string, Map<string, Running>>();
  const logins = new WeakMap<Socket, Login>();
  let connections = 0;
  const made = selfSignedCertificate("localhost", Date.now(), "127.0.0.1");

  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece as Buffer);
    const body = Buffer.concat(pieces);
    const login = logins.get(request.socket) ?? { method: "" };
    logins.set(request.socket, login);
    const refused = authenticate(request, login, settings, secure);
    if (refused) {
      response.writeHead(401, { "www-authenticate": refused });
      response.end();
      return;
    }
    const sealed = isSealedType(request.headers["content-type"] ?? "");
    if (body.length === 0) return void response.end();
    if (!sealed && !secure && !settings.unencrypted) return void response.writeHead(500).end();
    const message = sealed && login.sealer ? openBody(login.sealer, body) : body;
    const envelope = readXml(message.toString());
    const call = callOf(envelope, { sealed, method: login.method, size: body.length });
    const nth = (counts.get(call.operation) ?? 0) + 1;
    counts.set(call.operation, nth);
    calls.push(call);
    const accident = settings.accident(call, nth);
    if (accident?.do === "hang") return;
    if (accident?.do === "hangup" && !accident.after) return void request.socket.destroy();
    if (accident?.do === "reply") {
      response.writeHead(accident.status, { "content-type": accident.type ?? PLAIN_TYPE });
      return void response.end(accident.body ?? "");
    }
    if (accident?.do === "forget-shells") shells.clear();
    let answer =
      accident?.do === "fault"
        ? fault(accident.code, accident.text ?? "injected")
        : body.length > settings.largest
          ? fault(2150858823, "The size of the request exceeded the configured MaxEnvelopeSize quota.")
          : act(call, envelope, { settings, shells });
    if (accident?.do === "hangup") return void request.socket.destroy();
    if (accident?.do === "slow") answer = fault(2150858793, "The operation timed out.");
    const text = Buffer.from(
      `<s:Envelope xmlns:s="x" xmlns:rsp="y" xmlns:w="z"><s:Header/><s:Body>${answer.body}</s:Body></s:Envelope>`,
    );
    const out = sealed && login.sealer ? sealBody(login.sealer, text) : text;
    response.writeHead(answer.status, { "content-type": sealed ? SEALED_TYPE : PLAIN_TYPE });
    response.end(out);
  };

  const listener = (request: IncomingMessage, response: ServerResponse) => {
    serve(request, response).catch(() => request.socket.destroy());
  };
  const server: Server = secure ? createSecure({ key: made.key, cert: made.cert }, listener) : createServer(listener);
  server.on(secure ? "secureConnection" : "connection", () => {
    connections += 1;
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    settings,
    calls,
    shells,
    certificate: made.cert,
    connections: () => connections,
    restart: () => {
      shells.clear();
      server.closeAllConnections();
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Returns the `WWW-Authenticate` headers of a refusal; undefined if the request is accepted. */
function authenticate(request: IncomingMessage, login: Login, settings: ServiceSettings, secure: boolean) {
  const offers = [
    ...(settings.ntlm ? ["Negotiate"] : []),
    ...(settings.basic && (secure || settings.unencrypted) ? ['Basic realm="WSMAN"'] : []),
  ];
  const [scheme = "", token = ""] = (request.headers.authorization ?? "").split(" ");
  if (scheme === "Basic") {
    const right = Buffer.from(token, "base64").toString() === `Administrator:${settings.password}`;
    login.method = "Basic";
    return right && offers.length > 0 && settings.basic ? undefined : offers;
  }
  if (scheme !== "Negotiate") return login.user === undefined ? offers : undefined;
  const message = Buffer.from(token, "base64");
  try {
    if (message.readUInt32LE(8) === 1) {
      login.acceptor = ntlmAcceptor("EC2AMAZ", (user) => (user === "Administrator" ? settings.password : undefined), {
        randomBytes,
        now: Date.now(),
      });
      return [`Negotiate ${login.acceptor.challenge(message).toString("base64")}`];
    }
    const accepted = login.acceptor?.accept(message);
    login.user = accepted?.user ?? "";
    login.sealer = accepted?.sealer;
    login.method = "Negotiate";
    return accepted ? undefined : offers;
  } catch (error) {
    if (error instanceof NtlmError) return offers;
    throw error;
  }
}

function callOf(envelope: XmlElement, more: Pick<ServiceCall, "sealed" | "method" | "size">): ServiceCall {
  const text = (name: string) => findElement(envelope, name)?.text ?? "";
  const line = findElement(envelope, "CommandLine");
  const words = line?.children.map((each) => each.text) ?? [];
  const inBody =
    line ??
    findElement(envelope, "Stream") ??
    findElement(envelope, "DesiredStream") ??
    findElement(envelope, "Signal");
  const skip = options(envelope).get("WINRS_SKIP_CMD_SHELL");
  return {
    operation: text("Action").split("/").at(-1) ?? "",
    shell: text("Selector"),
    command: inBody?.attributes.get("CommandId") ?? "",
    line: words.join(" "),
    cmd: skip !== "TRUE",
    ...more,
  };
}

function options(envelope: XmlElement): ReadonlyMap<string, string> {
  const set = findElement(envelope, "OptionSet");
  return new Map(set?.children.map((each) => [each.attributes.get("Name") ?? "", each.text]) ?? []);
}

type Answer = { readonly status: number; readonly body: string };

type Machine = { readonly settings: ServiceSettings; readonly shells: Map<string, Map<string, Running>> };

const done = (body: string): Answer => ({ status: 200, body });

function act(call: ServiceCall, envelope: XmlElement, { settings, shells }: Machine): Answer {
  if (call.operation === "Create") {
    const id = randomUUID().toUpperCase();
    shells.set(id, new Map());
    return done(`<rsp:Shell><rsp:ShellId>${id}</rsp:ShellId></rsp:Shell>`);
  }
  const shell = shells.get(call.shell);
  if (!shell) return fault(2150858843, "The shell was not found on the server.");
  if (call.operation === "Delete") {
    shells.delete(call.shell);
    return done("");
  }
  if (call.operation === "Command") {
    const id = settings.takesIds ? call.command : randomUUID().toUpperCase();
    shell.set(id, { program: settings.run(call.line), at: 0, input: [] });
    return done(`<rsp:CommandResponse><rsp:CommandId>${id}</rsp:CommandId></rsp:CommandResponse>`);
  }
  const running = shell.get(call.command);
  if (!running) return fault(2150858843, "The command was not found in the shell.");
  if (call.operation === "Send") {
    const stream = findElement(envelope, "Stream");
    running.input.push(Buffer.from(stream?.text ?? "", "base64"));
    if (stream?.attributes.get("End") === "true" && running.program.read) {
      running.program = running.program.read(Buffer.concat(running.input));
      running.at = 0;
    }
    return done("<rsp:SendResponse/>");
  }
  if (call.operation === "Signal") {
    shell.delete(call.command);
    return done("<rsp:SignalResponse/>");
  }
  return receive(call.command, running);
}

function receive(id: string, running: Running): Answer {
  const { steps, exit } = running.program;
  const step = steps[running.at];
  running.at += 1;
  if (step === "timeout" || (step === undefined && exit === undefined)) {
    return fault(2150858793, "The operation timed out.");
  }
  const stream = (name: "stdout" | "stderr") =>
    step?.[name] === undefined
      ? ""
      : `<rsp:Stream Name="${name}" CommandId="${id}">${Buffer.from(step[name]).toString("base64")}</rsp:Stream>`;
  const ended = running.at >= steps.length && exit !== undefined;
  const state = ended
    ? `<rsp:CommandState State="${SHELL}/CommandState/Done"><rsp:ExitCode>${exit}</rsp:ExitCode></rsp:CommandState>`
    : `<rsp:CommandState State="${SHELL}/CommandState/Running"/>`;
  return done(`<rsp:ReceiveResponse>${stream("stdout")}${stream("stderr")}${state}</rsp:ReceiveResponse>`);
}

function fault(code: number, text: string): Answer {
  const message = escapeXml(text);
  return {
    status: 500,
    body: `<s:Fault><s:Code/><s:Reason><s:Text>${message}</s:Text></s:Reason><s:Detail><f:WSManFault Code="${code}"><f:Message>${message}</f:Message></f:WSManFault></s:Detail></s:Fault>`,
  };
}
