import { describe, expect, test } from "@jest/globals";
import type { Communicator } from "../../src/core/communicator.js";
import type { Machine } from "../../src/core/parts.js";
import { comparePackages } from "../../src/inventory/difference.js";
import { listPackages } from "../../src/inventory/listing.js";
import { packList, unpackList } from "../../src/inventory/pack.js";
import { billOfMaterials, packageUrl } from "../../src/inventory/sbom.js";
import { parseWindowsList, WINDOWS_LIST_COMMAND } from "../../src/inventory/windows-listing.js";
import { partContext } from "../support/context.js";
import { complaintsOf } from "./json-schema.js";

const lines = (...more: readonly string[]) => [
  "bake-ami:windows",
  "Windows Server 2022 Datacenter\t20348\t2849",
  "bake-ami:software",
  "Amazon SSM Agent\t3.3.1230.0\tAmazon Web Services\tx64",
  "Microsoft Visual C++ 2022 X64 Minimum Runtime - 14.38.33130\t14.38.33130\tMicrosoft Corporation\tx64",
  "7-Zip 24.08 (x64)\t\tIgor Pavlov\tx64",
  ...more,
  "bake-ami:updates",
  "KB5034439\tSecurity Update\t11/10/2026 12:00:00 AM",
  "KB5044099\tUpdate\t",
  "not an update",
  "bake-ami:end",
];
const output = (...more: readonly string[]) => `#< noise\r\n${lines(...more).join("\r\n")}\r\n`;

function listed(...more: readonly string[]) {
  const parsed = parseWindowsList(output(...more));
  if (!parsed.ok) throw new Error(parsed.why);
  return parsed.list;
}

describe("the software of Windows", () => {
  test("is listed with the system and its updates", () => {
    const list = listed();
    expect(list.distribution).toEqual({
      id: "windows",
      version: "10.0.20348.2849",
      name: "Windows Server 2022 Datacenter",
    });
    expect(list.packages.map(({ name, version, arch }) => [name, version, arch])).toEqual([
      ["7-Zip 24.08 (x64)", "unknown", "x64"],
      ["Amazon SSM Agent", "3.3.1230.0", "x64"],
      ["KB5034439", "installed", "all"],
      ["KB5044099", "installed", "all"],
      ["Microsoft Visual C++ 2022 X64 Minimum Runtime - 14.38.33130", "14.38.33130", "x64"],
    ]);
    expect(list.securityUpdates).toEqual([{ source: "KB5034439", version: "installed" }]);
  });

  test.each<[string, string, string]>([
    ["without its end", lines().slice(0, -1).join("\n"), "the list is incomplete"],
    ["of nothing", "", "the list is incomplete"],
    [
      "without software",
      "bake-ami:windows\nbake-ami:software\nbake-ami:updates\nbake-ami:end",
      "the list has no valid package",
    ],
    ["with too many lines", `${"x\n".repeat(20_001)}bake-ami:end`, "there are more than 20000 packages"],
  ])("is rejected %s", (_what, text, why) => {
    expect(parseWindowsList(text)).toEqual({ ok: false, why });
  });

  test("loses control characters, and has no line that could be a command of a workflow", () => {
    const [first] = listed("\u001b[31m::error::x\u0007 \u2028y\t1.0\u0000\tP\tx64").packages;
    expect(first).toMatchObject({ name: "7-Zip 24.08 (x64)" });
    const names = listed("\u001b[31m::error::x\u0007 \u2028y\t1.0\u0000\tP\tx64").packages.map(({ name }) => name);
    expect(names).toContain("[31m::error::x y");
    expect(listed(`${"n".repeat(500)}\t1\tP\tx64`).packages.map(({ name }) => name.length)).toContain(128);
    expect(listed("odd\t1\tP\t../x").packages).toHaveLength(5);
  });

  test("is packed and unpacked as it is", () => {
    const list = listed();
    const unpacked = unpackList(packList(list, "ami-0123456789abcdef0"));
    expect(unpacked?.packages.map(({ name, version }) => [name, version])).toEqual(
      list.packages.map(({ name, version }) => [name, version]),
    );
  });

  test("is compared: a new security update comes first, versions are numbers", () => {
    const before = listed("Agent\t1.9.0\tP\tx64");
    const after = listed("Agent\t1.10.0\tP\tx64");
    const old = { ...before, packages: before.packages.filter(({ name }) => name !== "KB5034439") };
    expect(comparePackages(old, after)?.changes).toEqual([
      expect.objectContaining({ kind: "added", name: "KB5034439", security: "update" }),
      expect.objectContaining({ kind: "upgraded", name: "Agent", from: "1.9.0", to: "1.10.0" }),
    ]);
  });

  test("is a bill of materials that conforms to the schema, with generic package URLs", () => {
    const list = listed();
    const subject = {
      kind: "machine-image",
      name: "win",
      properties: [],
      uuid: "3e671687-395b-41f5-a30f-a58921a69b79",
      at: 0,
    } as const;
    expect(complaintsOf(JSON.parse(billOfMaterials(list, subject)), "bom-1.6.SNAPSHOT.schema.json")).toEqual([]);
    const [, agent] = list.packages;
    expect(agent && packageUrl(agent, list)).toBe(
      "pkg:generic/Amazon%20SSM%20Agent@3.3.1230.0?arch=x64&distro=windows-10.0.20348.2849",
    );
  });
});

describe("the command", () => {
  test("fits a line of cmd.exe, and its script only reads", () => {
    expect(WINDOWS_LIST_COMMAND.length).toBeLessThan(8191);
    const script = Buffer.from(WINDOWS_LIST_COMMAND.split(" ").pop() ?? "", "base64").toString("utf16le");
    expect(script).not.toMatch(
      /\b(Set|New|Remove|Add|Install|Enable|Disable|Start|Stop)-(?!Object Text\.UTF8Encoding)/,
    );
  });

  function machine(
    text: string,
    code: number,
    kind: Partial<Communicator> = { type: "winrm" },
  ): { readonly machine: Machine; readonly ran: string[] } {
    const ran: string[] = [];
    const communicator = {
      ...kind,
      async exec(command, options) {
        ran.push(command);
        options?.onOutput?.(Buffer.from(text), "stdout");
        return { status: "exited", code };
      },
    } as Partial<Communicator> as Communicator;
    return { machine: { communicator, data: {}, reachable: () => true, reconnect: undefined }, ran };
  }

  test.each<[string, Partial<Communicator>]>([
    ["WinRM", { type: "winrm" }],
    ["SSH, where the machine is Windows", { type: "ssh", isWindows: true }],
  ])("runs by %s", async (_name, kind) => {
    const { machine: windows, ran } = machine(output(), 0, kind);
    expect((await listPackages(windows, partContext("/")))?.packages).toHaveLength(5);
    expect(ran).toEqual([WINDOWS_LIST_COMMAND]);
  });

  test.each([
    ["fails", "", 1],
    ["prints nothing", "", 0],
  ])("leaves no message where it %s: PowerShell may be restricted", async (_what, text, code) => {
    const context = partContext("/");
    expect(await listPackages(machine(text, code).machine, context)).toBeUndefined();
    expect(context.events).toEqual([]);
  });
});
