import { createServer, type Server, type Socket } from "node:net";
import { afterEach, expect } from "@jest/globals";
import ssh2, { type AuthContext, type Connection } from "ssh2";
import { openSshCommunicator } from "../../src/communicators/ssh.js";
import { generateKeyPair } from "../../src/ssh/keys/key-pair.js";
import { wireString } from "../../src/ssh/keys/wire.js";
import { replaceNextPacket } from "../../src/ssh/ssh2-internals.js";
import { describe, test } from "../ssh/openssh.js";
import { credentialsOf } from "../ssh/targets.js";
import { communicatorOptions } from "./connect.js";

const servers: { close(): Promise<unknown> }[] = [];

afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

/** Starts a server that runs `serve` for each connection, and returns its port. */
async function startServer(serve: (socket: Socket) => void): Promise<number> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
    socket.on("close", () => sockets.delete(socket));
    serve(socket);
  });
  servers.push({
    close() {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(resolve));
    },
  });
  return listen(server);
}

async function listen(server: Pick<Server, "listen" | "address">): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (typeof address !== "object" || address === null) throw new Error("no port");
  return address.port;
}

/** Writes the chunk again and again, as fast as the client reads. Returns the bytes written so far. */
function flood(socket: Socket, chunk: Buffer): () => number {
  let sent = 0;
  const write = () => {
    while (!socket.destroyed) {
      sent += chunk.length;
      if (!socket.write(chunk)) return void socket.once("drain", write);
    }
  };
  write();
  return () => sent;
}

/** Tries to connect for one second and returns the error. */
async function errorOf(port: number, password = "secret") {
  const limits = { timeout: 1000, handshakeAttempts: 1 };
  const target = {
    address: async () => "127.0.0.1",
    port,
    credentials: credentialsOf({ user: "me", password }),
  };
  const sshd = { port, user: "me", keyFile: "", folder: "" };
  const options = communicatorOptions(Object.assign(Object.create(null), sshd), { limits }, target);
  return openSshCommunicator(options).then(
    () => undefined,
    (error: unknown) => error,
  );
}

describe("what a server sends before its identification is limited:", () => {
  test.each<[string, Buffer]>([
    ["lines", Buffer.from("Welcome\r\n".repeat(5000))],
    ["a line without an end", Buffer.alloc(64 * 1024, "x")],
    ["bytes", Buffer.alloc(64 * 1024, 0)],
    ["a greeting and then an identification without an end", Buffer.from(`SSH-2.0-${"x".repeat(70_000)}`)],
  ])("%s", async (_name, chunk) => {
    const sent: (() => number)[] = [];
    const port = await startServer((socket) => void sent.push(flood(socket, chunk)));
    const before = process.memoryUsage().rss;
    expect(await errorOf(port)).toMatchObject({
      code: "ssh-timeout",
      message: expect.stringContaining("the server sent too much before its SSH identification"),
    });
    expect(process.memoryUsage().rss - before).toBeLessThan(150_000_000);
    // Each attempt ends soon: what is under way is what the sockets hold.
    expect(Math.max(...sent.map((bytes) => bytes()))).toBeLessThan(20_000_000);
  });
});

describe("a service that is not SSH is reported with what it sent", () => {
  test.each<[string, string, string]>([
    ["a web server", "HTTP/1.1 400 Bad Request\r\nServer: nginx\r\n\r\n", "HTTP/1.1 400 Bad Request"],
    ["a server with too many connections", "Exceeded MaxStartups\r\n", "Exceeded MaxStartups"],
    ["a TCP wrapper without a newline", "Not allowed at this time", "Not allowed at this time"],
    ["control characters", "\u001b[2J::add-mask::x\u0007\r\n", "?[2J::add-mask::x?"],
  ])("%s", async (_name, text, shown) => {
    const port = await startServer((socket) => void socket.end(text));
    expect(await errorOf(port)).toMatchObject({
      code: "ssh-timeout",
      message: expect.stringContaining(`the server did not start SSH. It sent: "${shown}"`),
    });
  });
});

/** Starts an SSH server whose logins `onLogin` decides. */
async function startSshServer(onLogin: (context: AuthContext, connection: Connection) => void): Promise<number> {
  const key = await generateKeyPair("rsa", { comment: "host" });
  const server = new ssh2.Server({ hostKeys: [key.privateKey] }, (connection) => {
    connection.on("error", () => undefined);
    connection.on("authentication", (context) => onLogin(context, connection));
  });
  servers.push({ close: () => new Promise((resolve) => server.close(resolve)) });
  return listen(server);
}

/** Sends a banner during the login (RFC 4252 §5.4). */
function sendBanner(connection: Connection, text: string): void {
  replaceNextPacket(connection, Buffer.concat([Buffer.from([53]), wireString(text), wireString("")]));
  Reflect.get(connection, "_protocol").requestFailure();
}

test.each([
  ["many long banners", 20, 30_000, "ssh-timeout", /the server sent banners of more than 262144 bytes/],
  ["a few banners", 5, 2000, "ssh-authentication-failed", /accepted no authentication method for user me$/],
] as const)("%s during the login end as they should", async (_name, count, length, code, message) => {
  const port = await startSshServer((context, connection) => {
    for (let sent = 0; sent < count; sent++) sendBanner(connection, "x".repeat(length));
    context.reject();
  });
  expect(await errorOf(port)).toMatchObject({ code, message: expect.stringMatching(message) });
});

test("a connection that the server closes after a refused method counts as a refused login", async () => {
  const port = await startSshServer((context, connection) => {
    if (context.method === "password") context.reject(["password", "keyboard-interactive"]);
    else Reflect.get(connection, "_sock").destroy();
  });
  expect(await errorOf(port)).toMatchObject({
    code: "ssh-authentication-failed",
    message: expect.stringMatching(/: the server closed the connection$/),
  });
});
