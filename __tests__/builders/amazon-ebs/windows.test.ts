import { rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, test } from "@jest/globals";
import { BakeError } from "../../../src/core/errors.js";
import type { Machine } from "../../../src/core/parts.js";
import type { Json } from "../../../src/options/collections.js";
import { testCloud } from "../../support/cloud.js";
import { temporaryFolder } from "../../support/folder.js";
import { amis, bake, type Circumstances } from "./bake.js";
import { windowsInstances } from "./windows-instances.js";

const folder = temporaryFolder("windows-bakes");
const records = () => join(folder(), "records");
const windows = windowsInstances(records, (id, how) => cloud.endpoint().onExit(id, how));
const cloud = testCloud({ scale: 0.01, sandboxes: windows.sandboxes });

beforeEach(() => {
  rmSync(records(), { recursive: true, force: true });
  cloud.endpoint().baseline();
  cloud.endpoint().forget();
});
afterAll(() => windows.close());

const WINDOWS = {
  source_ami_filter: { filters: { name: "Windows_Server-2022-*" }, owners: ["amazon"], most_recent: true },
  instance_type: "t3.large",
  communicator: "winrm",
  winrm_username: "Administrator",
  winrm_timeout: "20s",
  ssh_username: "",
} as const;
const BASIC = `<powershell>
winrm set winrm/config/service '@{AllowUnencrypted="true"}'
winrm set winrm/config/service/auth '@{Basic="true"}'
</powershell>`;
const HTTPS = `<powershell>
$c = New-SelfSignedCertificate -DnsName packer -CertStoreLocation Cert:\\LocalMachine\\My
New-Item WSMan:\\LocalHost\\Listener -Transport HTTPS -Address * -CertificateThumbPrint $c.Thumbprint -Force
winrm set winrm/config/service/auth '@{Basic="true"}'
</powershell>`;

const SYSPREP = "ec2launch sysprep --block";
const prepares = async ({ communicator }: Machine) => void (await communicator.exec(SYSPREP));

function bakeWindows(name: string, given: Readonly<Record<string, Json>> = {}, more: Circumstances = {}) {
  return bake(cloud, { ...WINDOWS, ami_name: name, ...given }, { provision: prepares, ...more });
}

const logins = () => windows.record().flatMap((each) => (each.event === "login" ? [`${each.by} ${each.tls}`] : []));
const callsOf = (action: string) =>
  cloud
    .endpoint()
    .calls()
    .filter((call) => call.action === action);

describe("a Windows bake", () => {
  test("of a stock image logs in with the password of EC2, and leaves nothing", async () => {
    let data: Machine["data"] = {};
    const provision = async (machine: Machine) => {
      data = machine.data;
      expect(machine.reachable()).toBe(true);
      await prepares(machine);
    };
    const ended = await bakeWindows("stock", {}, { provision });
    expect(amis(ended).images).toHaveLength(1);
    expect(logins().length).toBeGreaterThan(0);
    expect(data).toMatchObject({ ConnType: "winrm", User: "Administrator", Port: "5985" });
    expect(data.Password).toMatch(/^\S{32}$/);
    expect(data.WinRMPassword).toBe(data.Password);
    const imported = JSON.stringify(callsOf("ImportKeyPair")[0]?.params);
    expect(Buffer.from(/"PublicKeyMaterial":"([^"]+)"/.exec(imported)?.[1] ?? "", "base64").toString()).toMatch(
      /^ssh-rsa /,
    );
    expect(JSON.stringify(callsOf("AuthorizeSecurityGroupIngress")[0]?.params)).toMatch(/"FromPort":"5985"/);
    expect(Object.keys(cloud.endpoint().held())).toEqual(["images"]);
    expect(ended.events.filter(({ type }) => type === "diagnostic")).toEqual([]);
  });

  test.each<[string, Readonly<Record<string, Json>>, string, string]>([
    ["Basic that user data enables", { user_data: BASIC }, "basic false", "5985"],
    [
      "HTTPS that user data sets up",
      { user_data: HTTPS, winrm_use_ssl: true, winrm_insecure: true },
      "basic true",
      "5986",
    ],
    ["NTLM if the template sets it", { user_data: BASIC, winrm_use_ntlm: true }, "ntlm-encrypted false", "5985"],
  ])("logs in by %s", async (name, given, login, port) => {
    expect(amis(await bakeWindows(name, given)).images).toHaveLength(1);
    expect(new Set(logins())).toEqual(new Set([login]));
    expect(JSON.stringify(callsOf("AuthorizeSecurityGroupIngress")[0]?.params)).toContain(`"FromPort":"${port}"`);
  });

  test("with a password of the template does not ask EC2 for one", async () => {
    const user_data = "<powershell>net user Administrator 'S3cret!pass'</powershell>";
    const ended = await bakeWindows("own password", { user_data, winrm_password: "S3cret!pass" });
    expect(amis(ended).images).toHaveLength(1);
    expect(callsOf("GetPasswordData")).toEqual([]);
    expect(ended.events).toContainEqual(expect.objectContaining({ type: "secret", value: "S3cret!pass" }));
  });

  test.each<[string, Readonly<Record<string, Json>>, string]>([
    ["a wrong password", { winrm_password: "wrong" }, "winrm-authentication-failed"],
    ["a certificate that is not trusted", { user_data: HTTPS, winrm_use_ssl: true }, "winrm-certificate"],
    ["a port without WinRM", { winrm_port: 5999, winrm_timeout: "1s" }, "winrm-timeout"],
  ])("with %s fails with the instance in the error, and leaves nothing", async (name, given, code) => {
    const ended = await bakeWindows(name, given);
    expect(ended.error).toMatchObject({ code, resource: expect.stringMatching(/^i-/), hint: expect.any(String) });
    expect(cloud.endpoint().held()).toEqual({});
  });

  test("whose last provisioner shuts Windows down succeeds with disable_stop_instance", async () => {
    const provision = async (machine: Machine) => {
      await machine.communicator.exec("shutdown /s /t 0");
      await machine.communicator.close();
    };
    const shut = { disable_stop_instance: true, user_data: BASIC };
    const ended = await bakeWindows("shut down", shut, { provision });
    expect(amis(ended).images).toHaveLength(1);
    expect(callsOf("StopInstances")).toEqual([]);
  });

  test.each([
    ["is a warning", false, ["windows-not-prepared"]],
    ["is no warning without an image", true, []],
  ])("without sysprep %s", async (name, skip_create_ami, codes) => {
    const ended = await bakeWindows(name, { skip_create_ami }, { provision: async () => undefined });
    expect(ended.error).toBeUndefined();
    const found = ended.events.flatMap((event) => (event.type === "diagnostic" ? [event.diagnostic.code] : []));
    expect(found).toEqual(codes);
  });
});

test("an error of a provisioner is passed on while Windows runs", async () => {
  const provision = async () => {
    throw new BakeError("the script failed", { code: "script-failed" });
  };
  const ended = await bakeWindows("script fails", { disable_stop_instance: true }, { provision });
  expect(ended.error).toMatchObject({ code: "script-failed" });
  expect(cloud.endpoint().held()).toEqual({});
});
