import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { openSshCommunicator } from "../../../src/communicators/ssh.js";
import { communicatorOptions } from "../../communicators/connect.js";
import { describeSandbox, type Lab, openLab } from "./logins.js";

const SHELLS = ["/bin/bash", "/bin/bsd-csh", "/usr/bin/tcsh", "/usr/bin/fish", "/bin/zsh"];
/** A machine has the programs of this host. */
const installed = SHELLS.filter((shell) => process.env.BAKE_AMI_REQUIRE_TOOLS === "1" || existsSync(shell));

describeSandbox("transfers with the login shell of the user", () => {
  let lab: Lab;
  let address: string;
  beforeAll(async () => {
    lab = await openLab();
    address = await lab.launch("i-shells");
  });
  afterAll(() => lab?.close());

  /** Connects as a user, as a bake does. */
  const connect = (user: string) => {
    const login = { port: 22, user, keyFile: lab.keyFile };
    return openSshCommunicator(communicatorOptions(login, {}, { address: async () => address }));
  };

  test.each(installed)("%s: files and directories, with the umask of the login", async (shell) => {
    const root = await connect("root");
    expect(await root.exec(`sed -i 's|^\\(ubuntu:.*:\\).*|\\1${shell}|' /etc/passwd`)).toMatchObject({ code: 0 });
    await root.close();
    const name = `from${shell.replaceAll("/", "-")}`;
    const from = join(lab.folder, name);
    mkdirSync(join(from, "it's a !dir"), { recursive: true, mode: 0o777 });
    const content = Buffer.alloc(6_000_011, "some bytes");
    writeFileSync(join(from, "it's a !dir", "file"), content, { mode: 0o777 });
    const back = `${from}-back`;
    const user = await connect("ubuntu");
    try {
      await user.uploadDirectory(from, "/tmp");
      await user.downloadDirectory(`/tmp/${name}`, back);
      const received = join(back, name, "it's a !dir", "file");
      expect(createHash("sha256").update(readFileSync(received)).digest("hex")).toBe(
        createHash("sha256").update(content).digest("hex"),
      );
      expect(statSync(received).mode & 0o777).toBe(0o755);
      await user.uploadFile({ from: "memory", content, mode: 0o666 }, "/tmp/it's !one");
      await user.downloadFile("/tmp/it's !one", join(back, "one"));
      expect(readFileSync(join(back, "one")).equals(content)).toBe(true);
    } finally {
      await user.close();
    }
  });
});
