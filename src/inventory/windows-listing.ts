import type { Distribution, InstalledPackage, PackageList, SecurityUpdate } from "../core/packages.js";
import { checkedSoftware, MOST_PACKAGES } from "./checked.js";

/** The lines before each part of the command's output and at its end. */
const MARKS = {
  system: "bake-ami:windows",
  software: "bake-ami:software",
  updates: "bake-ami:updates",
  end: "bake-ami:end",
} as const;

const UNINSTALL = "SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Uninstall\\*";
const WIN32_UNINSTALL = "SOFTWARE\\WOW6432Node\\Microsoft\\Windows\\CurrentVersion\\Uninstall\\*";

/** Lists a registry key of installed software as the control panel does: name, version, publisher, architecture. */
const software = (key: string, architecture: string) =>
  `Get-ItemProperty 'HKLM:\\${key}' -ErrorAction SilentlyContinue | ` +
  "Where-Object { $_.DisplayName -and -not $_.SystemComponent -and -not $_.ParentKeyName } | " +
  `ForEach-Object { p $_.DisplayName $_.DisplayVersion $_.Publisher '${architecture}' }`;

/** Reads the registry and the installed updates, and nothing else. Text is UTF-8, and tabs divide its fields. */
const SCRIPT = [
  "$ErrorActionPreference = 'Stop'; $ProgressPreference = 'SilentlyContinue'",
  "[Console]::OutputEncoding = New-Object Text.UTF8Encoding $false",
  "function p { [Console]::Out.WriteLine((($args | ForEach-Object { \"$_\" -replace '\\s+', ' ' }) -join \"`t\")) }",
  `p '${MARKS.system}'`,
  "$v = Get-ItemProperty 'HKLM:\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion'",
  "p $v.ProductName $v.CurrentBuild $v.UBR",
  `p '${MARKS.software}'`,
  software(UNINSTALL, "x64"),
  software(WIN32_UNINSTALL, "x86"),
  `p '${MARKS.updates}'`,
  "Get-WmiObject Win32_QuickFixEngineering | ForEach-Object { p $_.HotFixID $_.Description $_.InstalledOn }",
  `p '${MARKS.end}'`,
].join("\n");

/** The command that lists installed software and updates: for cmd.exe and PowerShell, read-only, as the login user. */
export const WINDOWS_LIST_COMMAND = `powershell.exe -NoProfile -NonInteractive -EncodedCommand ${Buffer.from(SCRIPT, "utf16le").toString("base64")}`;

/** The parsed list, or why it is rejected. */
type ParsedSoftware = { readonly ok: true; readonly list: PackageList } | { readonly ok: false; readonly why: string };

/**
 * Parses the output of the command strictly, because the output is untrusted. Ignores malformed lines. Rejects an output without its end, or
 * with too many lines. Pure.
 */
export function parseWindowsList(output: string): ParsedSoftware {
  const lines = output.split(/\r?\n/).filter((line) => line !== "");
  if (!lines.includes(MARKS.end)) return { ok: false, why: "the list is incomplete" };
  if (lines.length > MOST_PACKAGES) return { ok: false, why: `there are more than ${MOST_PACKAGES} packages` };
  const part = (mark: string, next: string) => {
    const start = lines.indexOf(mark);
    return start < 0 ? [] : lines.slice(start + 1, Math.max(start + 1, lines.indexOf(next, start)));
  };
  const distribution = systemOf(part(MARKS.system, MARKS.software)[0] ?? "");
  const updates = part(MARKS.updates, MARKS.end).map(updateOf);
  const packages = [
    ...part(MARKS.software, MARKS.updates).flatMap(softwareOf),
    ...updates.flatMap(({ installed }) => installed),
  ];
  if (packages.length === 0) return { ok: false, why: "the list has no valid package" };
  const securityUpdates = updates.flatMap(({ security }) => security);
  return { ok: true, list: { format: "windows", distribution, packages: sorted(packages), securityUpdates } };
}

/** `Windows Server 2022 Datacenter`, the build `20348` and its revision `2849`. */
function systemOf(line: string): Distribution {
  const [product = "", build = "", revision = ""] = line.split("\t");
  const name = product.replace(/\p{C}/gu, "").slice(0, 100).trim() || "Windows";
  const version = /^\d{1,6}$/.test(build) ? `10.0.${build}${/^\d{1,6}$/.test(revision) ? `.${revision}` : ""}` : "";
  return { id: "windows", version, name };
}

function softwareOf(line: string): readonly InstalledPackage[] {
  const [name = "", version = "", publisher = "", arch = ""] = line.split("\t");
  return checkedSoftware({ name, version, arch, source: name, sourceVersion: version, maintainer: publisher });
}

/** An installed update, and the same as a security update if Windows calls it one. */
interface Update {
  readonly installed: readonly InstalledPackage[];
  readonly security: readonly SecurityUpdate[];
}

/** `KB5034129`, its kind `Security Update`, and the day of its installation, as the locale writes it. */
function updateOf(line: string): Update {
  const [id = "", kind = ""] = line.split("\t");
  if (!/^KB\d{4,9}$/.test(id)) return { installed: [], security: [] };
  const version = "installed";
  const installed = checkedSoftware({
    name: id,
    version,
    arch: "all",
    source: id,
    sourceVersion: version,
    maintainer: "",
  });
  return { installed, security: /^security update$/i.test(kind.trim()) ? [{ source: id, version }] : [] };
}

/** Returns the software sorted, without duplicates. */
function sorted(packages: readonly InstalledPackage[]): readonly InstalledPackage[] {
  const key = ({ name, arch, version }: InstalledPackage) => `${name}\t${arch}\t${version}`;
  const byKey = new Map(packages.map((each) => [key(each), each]));
  return [...byKey].sort(([a], [b]) => (a < b ? -1 : Number(a > b))).map(([, each]) => each);
}
