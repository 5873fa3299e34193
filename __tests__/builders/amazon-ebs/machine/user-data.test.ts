import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import type { FoundImage } from "../../../../src/aws/image.js";
import type { Bake } from "../../../../src/builders/amazon-ebs/bake.js";
import { enablesBasic, encodeUserData, withDeadMan } from "../../../../src/builders/amazon-ebs/machine/user-data.js";
import type { Json } from "../../../../src/options/collections.js";
import { partContext } from "../../../support/context.js";
import { temporaryFolder } from "../../../support/folder.js";
import { optionsOf } from "../options.js";

const folder = temporaryFolder("user-data");

async function sent(given: Readonly<Record<string, Json>>, deadManMinutes?: number, isWindows = false) {
  const context = partContext(folder(), { deadManMinutes });
  const bake = { options: optionsOf(given), context } as unknown as Bake;
  const data = await encodeUserData(bake, { isWindows } as FoundImage);
  return { data, text: Buffer.from(data ?? "", "base64").toString(), events: context.events };
}

describe("user data", () => {
  test("is sent in base64", async () => {
    expect((await sent({ user_data: "#!/bin/sh\necho é" })).text).toBe("#!/bin/sh\necho é");
    expect((await sent({})).data).toBeUndefined();
  });

  test("of a file is read from the working directory, byte by byte", async () => {
    writeFileSync(join(folder(), "data.gz"), Buffer.from([0x1f, 0x8b, 0, 255]));
    const { data } = await sent({ user_data_file: join(folder(), "data.gz") });
    expect(Buffer.from(data ?? "", "base64")).toEqual(Buffer.from([0x1f, 0x8b, 0, 255]));
  });

  test("that is already base64 is sent unchanged, with a warning when it is short", async () => {
    const long = Buffer.from("#!/bin/sh\n".repeat(20)).toString("base64");
    expect(await sent({ user_data: long })).toMatchObject({ data: long, events: [] });
    const short = await sent({ user_data: "password" });
    expect(short.data).toBe("password");
    expect(short.events).toMatchObject([{ type: "diagnostic", diagnostic: { code: "user-data-is-base64" } }]);
  });
});

describe("user data that enables Basic authentication of WinRM", () => {
  test.each<[string, boolean]>([
    [`<powershell>winrm set winrm/config/service/auth '@{Basic="true"}'</powershell>`, true],
    ["<powershell>winrm set winrm/config/service/auth @{Basic=$true}</powershell>", true],
    ["<powershell>Set-Item -Path WSMan:\\localhost\\Service\\Auth\\Basic -Value $true</powershell>", true],
    [`cmd.exe /c winrm set "winrm/config/service/auth" '@{ Basic = "true" }'`, true],
    [`<powershell>winrm set winrm/config/service/auth '@{Basic="false"}'</powershell>`, false],
    ["<powershell>Write-Host 'Basic image'</powershell>", false],
    ["", false],
  ])("%s: %p", (text, expected) => {
    expect(enablesBasic(Buffer.from(text).toString("base64"))).toBe(expected);
  });
});

describe("the dead-man timer", () => {
  test("is not used for Windows, whose user data is sent unchanged, with a warning", async () => {
    const { text, events } = await sent({ user_data: "<powershell>winrm quickconfig -q</powershell>" }, 30, true);
    expect(text).toBe("<powershell>winrm quickconfig -q</powershell>");
    expect(events).toMatchObject([{ type: "diagnostic", diagnostic: { code: "dead-man-not-on-windows" } }]);
  });

  /** Runs user data as the instance does at boot, with a shutdown command that writes a log and a separate PID file. */
  function boot(script: Buffer): { readonly log: string; readonly code: number } {
    const bin = join(folder(), "bin");
    mkdirSync(bin, { recursive: true });
    const log = join(folder(), "log");
    writeFileSync(log, "");
    writeFileSync(join(bin, "shutdown"), `#!/bin/sh\necho "shutdown $*" >> ${log}\n`, { mode: 0o755 });
    const file = join(folder(), "boot.sh");
    const pid = join(folder(), "pid");
    // Here the script waits for its timer, so that the log is complete.
    const text = script
      .toString()
      .replaceAll("/run/bake-ami-dead-man.pid", pid)
      .replaceAll("exit $code", "wait; exit $code");
    writeFileSync(file, text.endsWith("wait; exit $code\n") ? text : `${text}wait\n`, { mode: 0o755 });
    const env = { PATH: `${bin}:/usr/bin:/bin`, LOG: log };
    try {
      execFileSync("/bin/sh", [file], { env, stdio: "ignore" });
      return { log: readFileSync(log, "utf8"), code: 0 };
    } catch (error) {
      return { log: readFileSync(log, "utf8"), code: (error as { status: number }).status };
    }
  }

  test("powers the instance off", () => {
    expect(boot(withDeadMan(Buffer.from(""), 0)).log).toBe("shutdown -P now\n");
  });

  test("runs next to the template's script, whose interpreter and exit code stay", () => {
    const script = `#!/usr/bin/env -S awk -f\nBEGIN { print "mine" >> ENVIRON["LOG"]; exit 3 }\n`;
    const { log, code } = boot(withDeadMan(Buffer.from(script), 0));
    expect(log.split("\n").sort()).toEqual(["", "mine", "shutdown -P now"]);
    expect(code).toBe(3);
  });

  test("is put next to cloud-config in an archive", async () => {
    const { text } = await sent({ user_data: "#cloud-config\npackages: [git]\n" }, 90);
    expect(text).toMatch(/^Content-Type: multipart\/mixed; boundary=/);
    expect(text).toContain("sleep 5400");
    expect(text).toContain('Content-Type: text/cloud-config; charset="utf-8"');
    expect(text).toContain("packages: [git]");
  });
});
