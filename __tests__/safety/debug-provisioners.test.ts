import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect } from "@jest/globals";
import { runReally } from "../engine/running.js";
import { describe, test } from "../ssh/openssh.js";
import { type Sshd, startSshd } from "../ssh/sshd.js";
import { temporaryFolder } from "../support/folder.js";

const folder = temporaryFolder("debug-provisioners");
let sshd: Sshd;

beforeAll(async () => {
  sshd = await startSshd();
});
afterAll(() => sshd.stop());

/** Provisions the test server with a secret in each place where a template can have one. */
async function provision(secret: string, sensitive: boolean) {
  const template = {
    variables: { secret: "" },
    "sensitive-variables": sensitive ? ["secret"] : [],
    builders: [
      {
        type: "null",
        ssh_host: "127.0.0.1",
        ssh_port: sshd.port,
        ssh_username: sshd.user,
        ssh_private_key_file: sshd.keyFile,
      },
    ],
    provisioners: [
      { type: "shell", environment_vars: ["SECRET={{user `secret`}}"], inline: ['[ -n "$SECRET" ] || exit 3'] },
      { type: "shell-local", environment_vars: ["SECRET={{user `secret`}}"], inline: ['[ -n "$SECRET" ] || exit 3'] },
      { type: "file", source: "secret.txt", destination: join(folder(), "uploaded.txt") },
      { type: "file", source: "secret.txt", destination: "/no/such/directory" },
    ],
  };
  writeFileSync(join(folder(), "secret.txt"), secret);
  writeFileSync(join(folder(), "web.json"), JSON.stringify(template, undefined, 2));
  return runReally(["build", "-var", `secret=${secret}`, "web.json"], {
    cwd: folder(),
    env: { PACKER_LOG: "1", XDG_STATE_HOME: folder() },
  });
}

describe("the debug log of a failing bake over SSH", () => {
  test.each([
    ["in a sensitive variable", true],
    ["in an ordinary variable", false],
  ])("has no secret %s, and the steps and the error", async (_, sensitive) => {
    const secret = "correct-horse-battery-staple";
    const { code, out, err } = await provision(secret, sensitive);
    expect(code).toBe(1);
    for (const line of [
      "null: SSH: Handshake: KEX algorithm: ",
      "null: SSH: Inbound: Received USERAUTH_SUCCESS",
      "null: Provisioner 1 of 4 (shell)",
      'null: Upload of content in memory to "/tmp/script_',
      "null: Provisioner 2 of 4 (shell-local)",
      `null: Upload of "${join(folder(), "secret.txt")}" to "${join(folder(), "uploaded.txt")}" by cat: 28 bytes`,
      "null: Provisioner 4 failed after ",
    ])
      expect(err).toContain(`[DEBUG] ${line}`);
    for (const form of [secret, Buffer.from(secret).toString("base64").slice(0, 30)]) {
      expect(err).not.toContain(form);
      expect(out).not.toContain(form);
    }
    const key = sshd.privateKey.split("\n").filter((line) => line.length > 20 && !line.startsWith("-----"));
    for (const line of key) expect(err).not.toContain(line);
  });
});
