import { execFileSync, spawn } from "node:child_process";
import { createConnection } from "node:net";
import { join } from "node:path";

/** A real ssh-agent with one key. */
export async function startAgent(
  folder: string,
  keyFile: string,
): Promise<{ readonly socket: string; stop(): Promise<void> }> {
  const socket = join(folder, "agent.sock");
  const agent = spawn("ssh-agent", ["-D", "-a", socket], { stdio: "ignore" });
  for (let attempt = 0; attempt < 500 && !(await isListening(socket)); attempt++) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  execFileSync("ssh-add", ["-q", keyFile], { env: { ...process.env, SSH_AUTH_SOCK: socket }, stdio: "ignore" });
  return {
    socket,
    stop: () =>
      new Promise((resolve) => {
        agent.once("exit", () => resolve());
        agent.kill("SIGTERM");
      }),
  };
}

/** The socket exists before the agent listens. */
function isListening(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection(path);
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}
