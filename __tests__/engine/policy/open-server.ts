import { createServer } from "node:net";
import ssh2 from "ssh2";
import { generateKeyPair } from "../../../src/ssh/keys/key-pair.js";

/** What the commands of a boot test print on a machine that has booted. */
const OUTPUT: readonly (readonly [RegExp, string])[] = [
  [/is-system-running/, "running\n"],
  [/cloud-init/, "status: done\n"],
];

/** An SSH server that every key may log in to. Its commands do nothing and succeed. */
export async function startOpenServer(): Promise<{ readonly port: number; stop(): Promise<void> }> {
  const key = await generateKeyPair("ed25519", { comment: "host" });
  const clients = new Set<{ end(): void }>();
  const server = new ssh2.Server({ hostKeys: [key.privateKey] }, (client) => {
    clients.add(client);
    client.on("error", () => undefined);
    client.on("authentication", (context) => (context.method === "publickey" ? context.accept() : context.reject()));
    client.on("session", (accept) => {
      accept().on("exec", (acceptExec, _reject, { command }) => {
        const channel = acceptExec();
        channel.resume();
        channel.write(OUTPUT.find(([pattern]) => pattern.test(command))?.[1] ?? "");
        channel.exit(0);
        channel.end();
      });
    });
  });
  const listener = createServer({ noDelay: true }, (socket) => server.injectSocket(socket));
  await new Promise<void>((resolve) => {
    listener.listen(0, "127.0.0.1", resolve);
  });
  const address = listener.address();
  return {
    port: typeof address === "object" && address ? address.port : 0,
    async stop() {
      for (const client of clients) client.end();
      await new Promise<void>((done) => {
        listener.close(() => done());
      });
    },
  };
}
