/** Starts an OpenSSH server on a free port, for the uploads. */
import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { userInfo } from "node:os";
import { join } from "node:path";
import { scratch } from "./library.mjs";

export const haveSshd = existsSync("/usr/sbin/sshd") && process.getuid?.() === 0;

export async function startSshd() {
  const folder = scratch("sshd");
  for (const name of ["host", "login"])
    execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", join(folder, name)]);
  mkdirSync("/run/sshd", { recursive: true });
  const port = await freePort();
  writeFileSync(
    join(folder, "config"),
    [
      `Port ${port}`,
      "ListenAddress 127.0.0.1",
      `HostKey ${join(folder, "host")}`,
      "PidFile none",
      "StrictModes no",
      "UsePAM no",
      `AuthorizedKeysFile ${join(folder, "login.pub")}`,
      "PermitRootLogin yes",
      "MaxSessions 300",
      "Subsystem sftp internal-sftp",
      "",
    ].join("\n"),
  );
  const child = spawn("/usr/sbin/sshd", ["-D", "-f", join(folder, "config")], { stdio: "ignore" });
  await waitForServer(port);
  return { port, key: join(folder, "login"), user: userInfo().username, close: () => child.kill() };
}

export async function freePort() {
  const server = createServer();
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address();
  await new Promise((done) => server.close(done));
  return port;
}

export async function waitForServer(port) {
  for (;;) {
    const isReady = await new Promise((done) => {
      const socket = connect(port, "127.0.0.1", () => done(true)).on("error", () => done(false));
      socket.once("data", () => socket.destroy());
    });
    if (isReady) return;
  }
}
