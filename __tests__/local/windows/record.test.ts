import { createHash, randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "@jest/globals";
import { temporaryFolder } from "../../support/folder.js";
import { connectTo, PASSWORD, type StandIn, startStandIn } from "./stand-in.js";

const folder = temporaryFolder("windows-record");
const at = (name: string) => join(folder(), name);
const releases: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const release of releases.splice(0).reverse()) await release();
});

async function started(userData?: string): Promise<StandIn> {
  const standIn = await startStandIn(at("records"), userData);
  releases.push(standIn.close);
  return standIn;
}

async function connected(standIn: StandIn, changes?: Parameters<typeof connectTo>[1]) {
  const communicator = await connectTo(standIn, changes);
  releases.push(communicator.close);
  return communicator;
}

const memory = (content: Uint8Array) => ({ from: "memory", content, mode: 0o644 }) as const;
const eventsOf = (standIn: StandIn, event: string) => standIn.record().filter((each) => each.event === event);

describe("a stand-in for Windows accepts a login", () => {
  test.each([
    ["by Basic over HTTP", {}, { by: "basic", tls: false }],
    ["by NTLM with encrypted messages over HTTP", { ntlm: true }, { by: "ntlm-encrypted", tls: false }],
    ["by Basic over HTTPS", { https: true }, { by: "basic", tls: true }],
    ["by NTLM over HTTPS", { https: true, ntlm: true }, { tls: true }],
    ["of a user with a domain", { user: ".\\administrator" }, { tls: false }],
  ])("%s, and records the command", async (_name, changes, login) => {
    const standIn = await started();
    const communicator = await connected(standIn, changes);
    expect(await communicator.exec("Install-WindowsFeature Web-Server")).toEqual({ status: "exited", code: 0 });
    expect(eventsOf(standIn, "login")[0]).toMatchObject(login);
    expect(eventsOf(standIn, "command").at(-1)).toMatchObject({ line: "Install-WindowsFeature Web-Server", exit: 0 });
  });

  test("and refuses a wrong password and a certificate that does not match", async () => {
    const standIn = await started();
    const wrong = connectTo(standIn, { password: "wrong", timeout: 300 });
    await expect(wrong).rejects.toMatchObject({ code: "winrm-authentication-failed" });
    const checked = connectTo(standIn, { https: true, insecure: false, timeout: 300 });
    await expect(checked).rejects.toThrow(/certificate/);
    expect(eventsOf(standIn, "refused").length).toBeGreaterThan(0);
    expect(eventsOf(standIn, "command")).toEqual([]);
  });

  test("with a password that the user data sets", async () => {
    const standIn = await started("<powershell>\nnet user Administrator 'N3w pass'\n</powershell>");
    const communicator = await connected(standIn, { password: "N3w pass" });
    expect((await communicator.exec("hostname")).status).toBe("exited");
    await expect(connectTo(standIn, { password: PASSWORD, timeout: 300 })).rejects.toMatchObject({
      code: "winrm-authentication-failed",
    });
  });
});

describe("files sent to a stand-in", () => {
  test("are recorded with digest and text, and can be downloaded again", async () => {
    const standIn = await started();
    const communicator = await connected(standIn);
    const large = randomBytes(1_500_000);
    await communicator.uploadFile(memory(large), "C:/Windows/Temp/large.bin");
    await communicator.uploadFiles(
      [
        { source: memory(Buffer.from("Write-Host h\u00e9\r\n")), destination: "C:/Windows/Temp/a b.ps1" },
        { source: memory(Buffer.alloc(0)), destination: "C:\\empty.txt" },
      ],
      {},
    );
    await communicator.downloadFile("c:/windows/temp/LARGE.bin", at("back.bin"));
    expect(readFileSync(at("back.bin")).equals(large)).toBe(true);
    expect(eventsOf(standIn, "file")).toEqual([
      expect.objectContaining({
        path: "C:\\Windows\\Temp\\large.bin",
        size: large.length,
        sha256: createHash("sha256").update(large).digest("hex"),
      }),
      expect.objectContaining({ path: "C:\\Windows\\Temp\\a b.ps1", text: "Write-Host h\u00e9\r\n" }),
      expect.objectContaining({ path: "C:\\empty.txt", size: 0, text: "" }),
    ]);
    expect(eventsOf(standIn, "command")).toEqual([]);
    await expect(communicator.downloadFile("C:/none.txt", at("none.txt"))).rejects.toThrow("none.txt");
    expect(existsSync(at("none.txt"))).toBe(false);
  });

  test("in directories keep names, cases and empty directories", async () => {
    const standIn = await started();
    const communicator = await connected(standIn);
    mkdirSync(at("tree/Sub/empty"), { recursive: true });
    writeFileSync(at("tree/Sub/T\u00fcr.txt"), "two\n");
    await communicator.uploadDirectory(at("tree"), "C:/ProgramData");
    await communicator.downloadDirectory("C:/ProgramData/tree", at("down"));
    expect(readFileSync(at("down/tree/Sub/T\u00fcr.txt"), "utf8")).toBe("two\n");
    expect(statSync(at("down/tree/Sub/empty")).isDirectory()).toBe(true);
  });

  test("are removed with the instance, and the record stays, readable by the user alone", async () => {
    const standIn = await startStandIn(at("records"));
    const communicator = await connectTo(standIn);
    await communicator.uploadFile(memory(Buffer.from("x")), "C:/x.txt");
    await communicator.close();
    expect(existsSync(at("records/i-1.files"))).toBe(true);
    await standIn.close();
    expect(existsSync(at("records/i-1.files"))).toBe(false);
    expect(statSync(at("records/i-1.jsonl")).mode & 0o777).toBe(0o600);
    expect(standIn.record().map(({ event }) => event)).toContain("file");
  });
});

describe("a restart of a stand-in", () => {
  test("is reported, ends the connections, and lets the next command see a new boot", async () => {
    const standIn = await started();
    const communicator = await connected(standIn);
    const restart = 'shutdown /r /f /t 0 /c "packer restart"';
    expect(await communicator.exec(restart)).toEqual({ status: "exited", code: 0 });
    expect(await communicator.exec(restart)).toEqual({ status: "exited", code: 1115 });
    while (standIn.downs.length === 0) await new Promise((resolve) => setImmediate(resolve));
    await standIn.sandbox.unplug();
    await standIn.sandbox.up(false);
    await communicator.reconnect(new AbortController().signal);
    let printed = "";
    const check = `echo ("{0} restarted." -f [System.Net.Dns]::GetHostName())\n'uptime {0}' -f 1`;
    const encoded = Buffer.from(check, "utf16le").toString("base64");
    await communicator.exec(`powershell.exe -EncodedCommand ${encoded}`, {
      onOutput: (bytes) => {
        printed += Buffer.from(bytes).toString();
      },
    });
    expect(printed).toMatch(/^EC2AMAZ-[0-9A-F]{7} restarted\.\r?\nuptime \d+\r?\n$/);
    expect(standIn.downs).toEqual(["reboot"]);
    expect(eventsOf(standIn, "power")).toEqual([expect.objectContaining({ how: "reboot" })]);
  });

  test("that a script of a file runs is found in the file", async () => {
    const standIn = await started();
    const communicator = await connected(standIn);
    const sysprep = "& 'C:/Program Files/Amazon/EC2Launch/ec2launch' sysprep --shutdown --block\n";
    await communicator.uploadFile(memory(Buffer.from(sysprep)), "C:/Windows/Temp/seal.ps1");
    await communicator.exec("powershell -executionpolicy bypass -file c:/Windows/Temp/seal.ps1");
    // The removal of the script is no second run of it.
    const removal = await communicator.exec("del /f /q C:\\Windows\\Temp\\seal.ps1 & exit 0");
    expect(removal).toEqual({ status: "exited", code: 0 });
    await expect(communicator.downloadFile("C:/Windows/Temp/seal.ps1", at("seal.ps1"))).rejects.toThrow("seal.ps1");
    while (standIn.downs.length === 0) await new Promise((resolve) => setImmediate(resolve));
    expect(standIn.downs).toEqual(["poweroff"]);
  });
});

describe("a request that a stand-in cannot serve", () => {
  const authorization = `Basic ${Buffer.from(`Administrator:${PASSWORD}`).toString("base64")}`;
  const post = (standIn: StandIn, body: string, headers: Record<string, string> = { authorization }) =>
    fetch(`http://${standIn.sandbox.address}:5985/wsman`, { method: "POST", headers, body });
  const envelope = (action: string, shell = "none") =>
    `<s:Envelope xmlns:s="s" xmlns:a="a" xmlns:w="w"><s:Header><a:Action>http://x/${action}</a:Action><a:MessageID>uuid:1</a:MessageID><w:SelectorSet><w:Selector Name="ShellId">${shell}</w:Selector></w:SelectorSet></s:Header><s:Body/></s:Envelope>`;

  test.each<[string, string, RegExp]>([
    ["of an unknown shell", envelope("Command"), /Code="2150858843"/],
    ["of an unknown action", envelope("Enumerate"), /is not supported/],
    ["with a document type", '<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>', /schema/],
    ["that is larger than MaxEnvelopeSizekb", "x".repeat(515_000), /Code="2150858823"/],
  ])("%s is a fault", async (_name, body, expected) => {
    const response = await post(await started(), body);
    expect(response.status).toBe(500);
    expect(await response.text()).toMatch(expected);
  });

  test("without a login gets the offers, and shells are limited", async () => {
    const standIn = await started();
    const refused = await post(standIn, "", {});
    expect([refused.status, refused.headers.get("www-authenticate")]).toEqual([401, 'Negotiate, Basic realm="WSMAN"']);
    for (let n = 0; n < 30; n += 1) expect((await post(standIn, envelope("Create"))).status).toBe(200);
    expect(await (await post(standIn, envelope("Create"))).text()).toMatch(/Code="2150859173"/);
  });
});
