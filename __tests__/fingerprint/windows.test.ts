import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { temporaryFolder } from "../support/folder.js";
import { fingerprintIn, hashIn } from "./compute.js";

const folder = temporaryFolder("fingerprint-windows");

const builder = {
  type: "amazon-ebs",
  region: "us-east-1",
  source_ami: "ami-0123456789abcdef0",
  instance_type: "t3.large",
  communicator: "winrm",
  winrm_username: "Administrator",
  ami_name: "win {{timestamp}}",
};
const SCRIPT = { type: "powershell", script: "setup.ps1", environment_vars: ["A=1"] };
const ELEVATED = {
  type: "powershell",
  inline: ["Write-Host one"],
  elevated_user: "Administrator",
  elevated_password: "{{.WinRMPassword}}",
};

async function hashOf(
  provisioners: readonly object[],
  script = "Write-Host hello\r\n",
  more: object = {},
): Promise<string> {
  writeFileSync(join(folder(), "setup.ps1"), script);
  const template = { builders: [{ ...builder, ...more }], provisioners };
  writeFileSync(join(folder(), "web.json"), JSON.stringify(template));
  return hashIn(folder());
}

const ALL = [SCRIPT, { type: "windows-restart" }, ELEVATED, { type: "windows-shell", inline: ["dir"] }];

describe("the fingerprint of a Windows build", () => {
  test("is the same for the same inputs, also when it restarts Windows", async () => {
    expect(await hashOf(ALL)).toBe(await hashOf(ALL));
  });

  test.each<[string, () => Promise<string>]>([
    ["a script", () => hashOf(ALL, "Write-Host changed\r\n")],
    ["a variable", () => hashOf([{ ...SCRIPT, environment_vars: ["A=2"] }, ...ALL.slice(1)])],
    ["an inline command", () => hashOf([...ALL.slice(0, 3), { type: "windows-shell", inline: ["dir c:"] }])],
    ["who runs it", () => hashOf([SCRIPT, { ...ELEVATED, elevated_user: "SYSTEM", elevated_password: "" }])],
    ["the order", () => hashOf([...ALL].reverse())],
  ])("changes with %s", async (_what, change) => {
    expect(await change()).not.toBe(await hashOf(ALL));
  });

  test.each<[string, object]>([
    ["the password", { winrm_password: "other" }],
    ["the time limits", { winrm_timeout: "5m", windows_password_timeout: "30m" }],
    ["fast launch", { fast_launch: { enable_fast_launch: true } }],
    ["the way to connect", { winrm_use_ssl: true, winrm_insecure: true }],
  ])("does not change with %s", async (_what, more) => {
    expect(await hashOf(ALL, undefined, more)).toBe(await hashOf(ALL));
  });

  test("is of a build by WinRM", async () => {
    await hashOf(ALL);
    const found = await fingerprintIn(folder());
    expect(found.known && Object.keys(found.parts)).toEqual(
      expect.arrayContaining(["script setup.ps1", "option communicator"]),
    );
  });
});
