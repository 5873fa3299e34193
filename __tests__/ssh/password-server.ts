import { connect, createServer } from "node:net";
import ssh2, { type AuthContext } from "ssh2";
import { generateKeyPair } from "../../src/ssh/keys/key-pair.js";

/**
 * An SSH server with password logins, which OpenSSH in tests cannot offer without changing the system's users. It runs no commands: each
 * returns the authentication method of its client, except `wait`, which reads its input and does not end. It forwards connections, as a bastion host does.
 */
export async function startPasswordServer(
  password: string,
  methods: readonly ("password" | "keyboard-interactive")[],
  at: { readonly host: string; readonly port: number } = { host: "127.0.0.1", port: 0 },
): Promise<{ readonly port: number; readonly prompts: readonly string[]; stop(): Promise<void> }> {
  const key = await generateKeyPair("rsa", { comment: "host" });
  const prompts: string[] = [];
  const clients = new Set<{ end(): void }>();
  const server = new ssh2.Server({ hostKeys: [key.privateKey] }, (client) => {
    let way = "";
    clients.add(client);
    client.on("error", () => undefined);
    client.on("authentication", (context: AuthContext) => {
      way = context.method;
      if (context.method === "password" && methods.includes("password") && context.password === password) {
        return context.accept();
      }
      if (context.method === "keyboard-interactive" && methods.includes("keyboard-interactive")) {
        prompts.push("One-time code: ");
        context.prompt([{ prompt: "One-time code: ", echo: false }], (answers) => {
          if (answers[0] === password) context.accept();
          else context.reject();
        });
        return;
      }
      context.reject([...methods]);
    });
    client.on("tcpip", (accept, _reject, { destIP, destPort }) => {
      const channel = accept();
      const socket = connect(destPort, destIP);
      channel.on("error", () => socket.destroy());
      socket.on("error", () => channel.close());
      channel.pipe(socket).pipe(channel);
    });
    client.on("session", (accept) => {
      accept().on("exec", (acceptExec, _reject, { command }) => {
        const channel = acceptExec();
        if (command.startsWith("wait")) return void channel.resume();
        channel.write(way);
        channel.exit(0);
        channel.end();
      });
    });
  });
  // Without noDelay, each command waits twice for a delayed acknowledgement: 80 ms.
  const listener = createServer({ noDelay: true }, (socket) => server.injectSocket(socket));
  await new Promise<void>((resolve) => {
    listener.listen(at.port, at.host, resolve);
  });
  const address = listener.address();
  return {
    port: typeof address === "object" && address ? address.port : 0,
    prompts,
    stop: () =>
      new Promise((resolve) => {
        listener.close(() => resolve());
        for (const client of clients) client.end();
      }),
  };
}
