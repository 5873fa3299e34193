import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { openSandboxes } from "../../../src/local/instances/sandboxes.js";
import { describeLogins, type Lab, openLab, until } from "./logins.js";

const quiet = { onExit: () => undefined, onNotice: () => undefined };

describeLogins("a machine's life", () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await openLab();
  });
  afterAll(() => lab?.close());

  test.each(["reboot", "shutdown -r now", "systemctl reboot", "/sbin/reboot", "shutdown -r +0"])(
    "`%s` inside brings it back on its address, with its files and without its processes",
    async (command) => {
      const id = `i-reboot-${command.replace(/\W/g, "")}`;
      const address = await lab.launch(id);
      const login = `ubuntu@${address}`;
      await lab.ssh(
        login,
        "echo kept >~/kept; sudo touch /run/gone; setsid nohup sleep 3333 >/dev/null 2>&1 </dev/null &",
      );
      const boot = (await lab.ssh(login, `sudo ${command}; cat /proc/1/stat | cut -d' ' -f22`)).stdout;
      await until(() => lab.exits.some(([exited]) => exited === id));
      expect(lab.exits.filter(([exited]) => exited === id)).toEqual([[id, "reboot"]]);
      await until(async () => (await lab.ssh(login, "true")).code === 0);
      const after = await lab.ssh(
        login,
        "cat ~/kept; ls /run/gone; pgrep -f '[s]leep 3333'; cut -d' ' -f22 /proc/1/stat",
      );
      expect(after.stdout).toMatch(/^kept\n\d+\n$/);
      expect(after.stdout).not.toBe(`kept\n${boot}`);
    },
  );

  test.each(["poweroff", "shutdown -h now", "systemctl poweroff", "halt"])(
    "`%s` inside is reported and keeps the files",
    async (command) => {
      const id = `i-off-${command.replace(/\W/g, "")}`;
      const address = await lab.launch(id);
      await lab.ssh(`ubuntu@${address}`, `echo kept >~/kept; sudo ${command}`);
      await until(() => lab.exits.some(([exited]) => exited === id));
      expect(lab.exits.filter(([exited]) => exited === id)).toEqual([[id, "poweroff"]]);
      expect((await lab.ssh(`ubuntu@${address}`, "true")).stderr).toMatch(/refused/);
      const again = await lab.sandboxes.start(id);
      expect((await lab.ssh(`ubuntu@${again.address}`, "cat ~/kept")).stdout).toBe("kept\n");
    },
  );

  test("stop and start keep the files; repeating either is harmless", async () => {
    const address = await lab.launch("i-stopped");
    await lab.ssh(`ubuntu@${address}`, "echo kept >~/kept");
    await lab.sandboxes.stop("i-stopped");
    await lab.sandboxes.stop("i-stopped");
    expect((await lab.ssh(`ubuntu@${address}`, "true")).stderr).toMatch(/refused/);
    expect(await lab.sandboxes.start("i-stopped")).toEqual({ address });
    expect((await lab.ssh(`ubuntu@${address}`, "cat ~/kept")).stdout).toBe("kept\n");
    expect(lab.exits.some(([id]) => id === "i-stopped")).toBe(false);
  });

  test("terminate removes the files; repeating it is harmless", async () => {
    await lab.launch("i-gone");
    await lab.sandboxes.terminate("i-gone");
    await lab.sandboxes.terminate("i-gone");
    const [run = ""] = readdirSync(join(lab.stateDir, "machines/runs"));
    expect(readdirSync(join(lab.stateDir, "machines/runs", run, "machines"))).not.toContain("i-gone");
  });

  test("an instance of an image has the captured files and removals, and a new identity", async () => {
    const first = await lab.launch("i-source");
    await lab.ssh(
      `ubuntu@${first}`,
      `sudo sh -c 'echo one >/etc/baked; echo two >/opt/baked; rm /etc/issue; rm -rf /usr/share/common-licenses; mkdir /usr/share/common-licenses
        useradd -m -s /bin/bash baker; chown baker /opt/baked; chmod 4755 /opt/baked; ln -s /etc/baked /srv/link'`,
    );
    const layer = await lab.sandboxes.capture("i-source");
    const source = "my-image";
    const second = await lab.launch("i-derived", {
      hostName: "derived",
      image: { sourceName: source, layers: [layer] },
    });
    const command =
      "cat /etc/baked /opt/baked; ls /etc/issue; ls /usr/share/common-licenses; stat -c '%U %a' /opt/baked; readlink /srv/link; hostname; id -un baker";
    expect((await lab.ssh(`ubuntu@${second}`, command)).stdout).toBe(
      "one\ntwo\nbaker 4755\n/etc/baked\nderived\nbaker\n",
    );
    await lab.ssh(`ubuntu@${second}`, "sudo sh -c 'echo three >/etc/baked; rm /opt/baked'");
    const upper = await lab.sandboxes.capture("i-derived");
    const third = await lab.launch("i-third", { image: { sourceName: source, layers: [layer, upper] } });
    expect(
      (await lab.ssh(`ubuntu@${third}`, "cat /etc/baked; ls /opt /srv; sudo cat /etc/ssh/ssh_host_ed25519_key.pub"))
        .stdout,
    ).toMatch(/^three\n\/opt:\n\n\/srv:\nlink\nssh-ed25519 /);
    const keys = await Promise.all(["i-source", "i-derived", "i-third"].map((id) => lab.sandboxes.console(id)));
    expect(new Set(keys.map((text) => /SHA256:\S+/.exec(text)?.[0])).size).toBe(3);
    for (const id of [layer, upper]) await lab.sandboxes.discard(id);
    expect(readdirSync(join(lab.stateDir, "machines/layers"))).toEqual([]);
  });

  test("close keeps the layers and nothing else", async () => {
    const stateDir = mkdtempSync(join(tmpdir(), "machines-"));
    try {
      const sandboxes = await openSandboxes({ stateDir, events: quiet, prefer: "namespace" });
      await sandboxes.launch({
        instanceId: "i-1",
        hostName: "one",
        image: { sourceName: "x", layers: [] },
        authorizedKeys: [],
      });
      const layer = await sandboxes.capture("i-1");
      await sandboxes.close();
      expect(readdirSync(stateDir)).toEqual(["machines"]);
      expect(readdirSync(join(stateDir, "machines/runs"))).toEqual([]);
      expect(readdirSync(join(stateDir, "machines/layers"))).toEqual([layer]);
      expect(readFileSync("/proc/self/mounts", "utf8")).not.toContain(stateDir);
      expect(processesNaming(stateDir)).toEqual([]);
    } finally {
      rmSync(stateDir, { recursive: true, force: true });
    }
  });

  test("two local clouds can share a state directory", async () => {
    const sandboxes = await openSandboxes({ stateDir: lab.stateDir, events: quiet, prefer: "namespace" });
    const address = await lab.launch("i-shared");
    await sandboxes.close();
    expect((await lab.ssh(`ubuntu@${address}`, "echo fine")).stdout).toBe("fine\n");
  });

  test("an instance that reboots itself while it is stopped or terminated stays down", async () => {
    const stopping = await lab.launch("i-reboot-stop");
    const ending = await lab.launch("i-reboot-end");
    await Promise.all([stopping, ending].map((address) => lab.ssh(`root@${address}`, "kill -s 39 1")));
    await Promise.all([lab.sandboxes.stop("i-reboot-stop"), lab.sandboxes.terminate("i-reboot-end")]);
    expect((await lab.ssh(`ubuntu@${stopping}`, "true")).stderr).toMatch(/refused/);
    expect((await lab.ssh(`ubuntu@${ending}`, "true")).stderr).toMatch(/refused/);
    await lab.sandboxes.start("i-reboot-stop");
    expect((await lab.ssh(`ubuntu@${stopping}`, "echo up")).stdout).toBe("up\n");
  });

  test("user data that is not a script is stored, and a notice reports that it is not run", async () => {
    const address = await lab.launch("i-config", { userData: Buffer.from("#cloud-config\nruncmd: []\n") });
    expect(lab.notices.join("\n")).toMatch(/i-config: user data is not a script/);
    const command = "sudo head -1 /var/lib/cloud/instance/user-data.txt; cloud-init status";
    expect((await lab.ssh(`ubuntu@${address}`, command)).stdout).toBe("#cloud-config\nstatus: done\n");
  });

  test("a Windows image is refused with a hint", async () => {
    const image = { sourceName: "Windows_Server-2022-English-Full-Base-*", layers: [] };
    await expect(lab.launch("i-windows", { image })).rejects.toMatchObject({
      code: "source-not-mapped",
      message: expect.stringContaining("Windows_Server-2022"),
      hint: expect.stringContaining("AWS"),
    });
    expect(lab.sandboxes.refusal?.(image, true)).toMatch(
      /is of Windows, which the local cloud cannot run\. Set .*"record"/,
    );
    expect(lab.sandboxes.refusal?.({ sourceName: "ubuntu", layers: [] }, false)).toBeUndefined();
  });

  test("an instance that cannot start reports why and leaves nothing", async () => {
    const launching = lab.launch("i-deep", { image: { sourceName: "x", layers: ["0123456789ab"] } });
    await expect(launching).rejects.toThrow(/layer 0123456789ab of the image does not exist in .*layers/);
    expect(existsSync(join(lab.stateDir, "machines/runs"))).toBe(true);
    await expect(lab.sandboxes.console("i-deep")).rejects.toThrow('Instance "i-deep" does not exist');
  });
});

/** Returns the command lines of processes that contain a path. */
function processesNaming(folder: string): string[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .flatMap((pid) => {
      try {
        const line = readFileSync(`/proc/${pid}/cmdline`, "utf8");
        return line.includes(folder) ? [line] : [];
      } catch {
        return [];
      }
    });
}
