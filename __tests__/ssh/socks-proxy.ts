import { createConnection, createServer, type Socket } from "node:net";

/** A SOCKS5 proxy (RFC 1928) with optional user and password (RFC 1929) that counts its connections. */
export async function startSocksProxy(login?: { readonly username: string; readonly password: string }): Promise<{
  readonly port: number;
  readonly connected: readonly string[];
  stop(): Promise<void>;
}> {
  const connected: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
    serve(socket, login, connected, sockets).catch(() => socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  return {
    port: typeof address === "object" && address ? address.port : 0,
    connected,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

async function serve(
  socket: Socket,
  login: { readonly username: string; readonly password: string } | undefined,
  connected: string[],
  sockets: Set<Socket>,
): Promise<void> {
  await next(socket);
  socket.write(Buffer.from([5, login ? 2 : 0]));
  if (login) {
    const given = await next(socket);
    const userLength = given[1] ?? 0;
    const username = given.toString("utf8", 2, 2 + userLength);
    const password = given.toString("utf8", 3 + userLength);
    const good = username === login.username && password === login.password;
    socket.write(Buffer.from([1, good ? 0 : 1]));
    if (!good) return void socket.end();
  }
  const request = await next(socket);
  const named = request[3] === 3;
  const host = named ? request.toString("utf8", 5, 5 + (request[4] ?? 0)) : [...request.subarray(4, 8)].join(".");
  const port = request.readUInt16BE(named ? 5 + (request[4] ?? 0) : 8);
  connected.push(`${host}:${port}`);
  const onward = createConnection({ host, port });
  sockets.add(onward);
  onward.on("error", () => socket.destroy());
  onward.once("connect", () => {
    socket.write(Buffer.from([5, 0, 0, 1, 0, 0, 0, 0, 0, 0]));
    socket.pipe(onward);
    onward.pipe(socket);
  });
}

function next(socket: Socket): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    socket.once("data", resolve);
    socket.once("close", () => reject(new Error("closed")));
  });
}
