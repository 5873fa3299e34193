import { signalWithTimeout } from "../core/clock.js";
import { type Communicator, runsWindows } from "../core/communicator.js";
import { Cancelled, messageOf } from "../core/errors.js";
import type { Distribution, InstalledPackage, PackageFormat, PackageList, SecurityUpdate } from "../core/packages.js";
import type { Machine, PartContext } from "../core/parts.js";
import { shellQuote } from "../core/text.js";
import { checkedPackage, isName, isVersion, MOST_PACKAGES } from "./checked.js";
import { VERSION_ORDERS } from "./versions.js";
import { parseWindowsList, WINDOWS_LIST_COMMAND } from "./windows-listing.js";

/** Timeout of the command in milliseconds, and its maximum output in bytes. */
const LIMITS = { time: 60_000, bytes: 8 * 1024 * 1024 };

/**
 * Returns the installed packages of a machine. It runs one read-only command over the open connection. Returns undefined, with a message,
 * if the list fails. Rejects only when the bake is cancelled.
 */
export async function listPackages(machine: Machine, context: PartContext): Promise<PackageList | undefined> {
  const { communicator } = machine;
  if (communicator.type === "none") return undefined;
  if (!machine.reachable()) {
    // The last provisioner may have shut it down.
    notListed(context, communicator, "the connection is closed");
    return undefined;
  }
  const limited = signalWithTimeout(
    context.signal,
    LIMITS.time,
    context.surroundings.clock,
    () => new Error(`no response within ${LIMITS.time / 1000} seconds`),
  );
  try {
    const isWindows = runsWindows(communicator);
    const text = await output(machine, isWindows ? WINDOWS_LIST_COMMAND : LIST_COMMAND, limited.signal);
    const parsed = isWindows ? parseWindowsList(text) : parsePackageList(text);
    if (parsed.ok) return parsed.list;
    notListed(context, communicator, parsed.why);
  } catch (error) {
    if (error instanceof Cancelled || context.signal.aborted) throw error;
    notListed(context, communicator, messageOf(error));
  } finally {
    limited.done();
  }
  return undefined;
}

/** Returns the command's output. Throws when the command fails or its output is too large. */
async function output({ communicator }: Machine, command: string, signal: AbortSignal): Promise<string> {
  const tooMuch = new AbortController();
  const chunks: Uint8Array[] = [];
  let size = 0;
  const result = await communicator.exec(command, {
    signal: AbortSignal.any([signal, tooMuch.signal]),
    pty: false,
    onOutput(chunk, stream) {
      size += chunk.length;
      if (size > LIMITS.bytes) tooMuch.abort(new Error(`the list is larger than ${LIMITS.bytes / 1024 / 1024} MiB`));
      else if (stream === "stdout") chunks.push(chunk);
    },
  });
  if (result.status === "exited" && result.code === 0) return Buffer.concat(chunks).toString("utf8");
  const how = result.status === "exited" ? `exit code ${result.code}` : result.status;
  throw new Error(`the list command ended with ${how}`);
}

/** Says why nothing is listed. On Windows only the debug log does: PowerShell may be restricted there on purpose. */
function notListed({ narrator, surroundings }: PartContext, communicator: Communicator, why: string): void {
  const text = `Could not list the packages of the image: ${why}`;
  if (runsWindows(communicator)) surroundings.debug(() => text);
  else narrator.message(text);
}

/** The lines before each part of the command's output and at its end. Output of the login before the first one is ignored. */
export const MARKS = {
  release: "bake-ami:os-release",
  deb: "bake-ami:deb",
  rpm: "bake-ami:rpm",
  security: "bake-ami:security",
  end: "bake-ami:end",
} as const;

/** One line per package: status, name, version, architecture, source, version of the source, maintainer (dpkg-query(1)). */
const DEB =
  "${db:Status-Abbrev}\\t${Package}\\t${Version}\\t${Architecture}\\t${source:Package}\\t${source:Version}\\t${Maintainer}\\n";

/** One line per package: name, epoch, version, release, architecture, source package, vendor (rpm(8), "query options"). */
const RPM =
  "%{NAME}\\t%|EPOCH?{%{EPOCH}}:{0}|\\t%{VERSION}\\t%{RELEASE}\\t%{ARCH}\\t%|SOURCERPM?{%{SOURCERPM}}|\\t%|VENDOR?{%{VENDOR}}|\\n";

/** Maximum bytes that are read of the changelogs and of os-release. */
const LARGEST = { security: 262_144, release: 16_384 };

/**
 * Prints the headings of Debian changelogs for versions from a security archive (Debian Policy §4.4: package, version, distributions,
 * urgency). Images without documentation have no changelogs. Changelogs of native packages are not read: their file name is also that
 * of upstream changelogs, which are too long.
 */
const DEB_SECURITY = [
  "$T gzip -dcq /usr/share/doc/*/changelog.Debian.gz 2>/dev/null",
  'grep -a "^[a-z0-9][a-z0-9+.-]* ([^ )]*) [^;]*-security[^;]*; urgency="',
  "sort -u",
  `head -c ${LARGEST.security}`,
].join(" | ");

/** Changelog entries of all packages, newest first: source package, author and version, text (rpm(8), arrays). */
const RPM_CHANGES = "[%{=SOURCERPM}\\t%{CHANGELOGNAME}\\t%{CHANGELOGTEXT}\\n]";

/** Prints source package and version of the entries that mention a CVE, the newest 20 of each source. */
const NAMING_CVES =
  'NF > 2 && $1 ~ /[.]src[.]rpm$/ { source = $1; entry = $1 "\\t" $2 } ' +
  "/CVE-[0-9]/ && entry && (entry in seen) == 0 { seen[entry]; if (count[source]++ < 20) print entry }";

const RPM_SECURITY = ['$T rpm -qa --qf "$3" 2>/dev/null', `awk -F "\\t" "$4"`, `head -c ${LARGEST.security}`].join(
  " | ",
);

const SCRIPT = [
  "LC_ALL=C; export LC_ALL; PATH=$PATH:/usr/sbin:/usr/bin:/sbin:/bin",
  // Changelogs can be long, and the list is complete without them.
  'T=; if command -v timeout >/dev/null; then T="timeout 20"; fi',
  `echo ${MARKS.release}`,
  "for f in /etc/os-release /usr/lib/os-release; do " +
    `if [ -r "$f" ]; then head -c ${LARGEST.release} "$f"; echo; break; fi; done`,
  // The tools of both formats can be installed: the database shows which one is used.
  "if [ -s /var/lib/dpkg/status ] && command -v dpkg-query >/dev/null; then " +
    `echo ${MARKS.deb}; dpkg-query -W -f "$1" || exit 3; echo ${MARKS.security}; ${DEB_SECURITY}; ` +
    `elif command -v rpm >/dev/null; then echo ${MARKS.rpm}; rpm -qa --qf "$2" || exit 3; echo ${MARKS.security}; ${RPM_SECURITY}; fi`,
  `echo ${MARKS.end}`,
].join("; ");

/** The command that lists the packages: for any login shell, read-only, with the permissions of the login user. */
export const LIST_COMMAND = `sh -c ${shellQuote(SCRIPT)} sh ${[DEB, RPM, RPM_CHANGES, NAMING_CVES].map(shellQuote).join(" ")}`;

/** Maximum number of security updates that are read. */
const MOST_UPDATES = 2000;

/** The parsed list, or why it is rejected. */
export type ParsedList =
  | { readonly ok: true; readonly list: PackageList }
  | { readonly ok: false; readonly why: string };

/**
 * Parses the output of the list command strictly, because the output is untrusted. Ignores malformed lines. Rejects an output without
 * its end, without packages, or with too many. Pure.
 */
export function parsePackageList(output: string): ParsedList {
  const parts = partsOf(output);
  if (!parts) return { ok: false, why: "the list is incomplete" };
  const format: PackageFormat | undefined = parts.has(MARKS.deb) ? "deb" : parts.has(MARKS.rpm) ? "rpm" : undefined;
  if (!format) return { ok: false, why: "there is no dpkg or RPM database" };
  const lines = parts.get(format === "deb" ? MARKS.deb : MARKS.rpm) ?? [];
  if (lines.length > MOST_PACKAGES) return { ok: false, why: `there are more than ${MOST_PACKAGES} packages` };
  const packages = lines.flatMap((line) => (format === "deb" ? debPackage(line) : rpmPackage(line)));
  if (packages.length === 0) return { ok: false, why: "the list has no valid package" };
  const distribution: Distribution = readDistribution(parts.get(MARKS.release) ?? []);
  const updateOf = format === "deb" ? debUpdate : rpmUpdate;
  const updates = (parts.get(MARKS.security) ?? []).slice(0, MOST_UPDATES).flatMap(updateOf);
  return { ok: true, list: { format, distribution, packages: sorted(packages, format), securityUpdates: updates } };
}

/** Returns the lines by the mark before them; undefined if the end is missing. */
function partsOf(output: string): ReadonlyMap<string, readonly string[]> | undefined {
  const marks = new Set<string>(Object.values(MARKS));
  const parts = new Map<string, string[]>();
  let current: string[] | undefined;
  for (const text of output.split("\n")) {
    const line = text.replace(/\r$/, "");
    if (line === MARKS.end && parts.size > 0) return parts;
    if (marks.has(line) && !parts.has(line)) {
      current = [];
      parts.set(line, current);
    } else if (line !== "") current?.push(line);
  }
  return undefined;
}

/** States of packages with installed files: all except "not installed" and "config-files" (dpkg-query(1)). */
const PRESENT = /^.[HUFWti]/;

function debPackage(line: string): readonly InstalledPackage[] {
  const [status = "", name = "", version = "", arch = "", source = "", sourceVersion = "", maintainer = ""] =
    line.split("\t");
  if (!PRESENT.test(status)) return [];
  return checkedPackage({ name, version, arch, source, sourceVersion, maintainer });
}

/** Name of a source package, then its version and release. */
const SOURCE_FILE = /^(.+)-([^-]+-[^-]+)\.(?:no)?src\.rpm$/;

function rpmPackage(line: string): readonly InstalledPackage[] {
  const [name = "", epoch = "", version = "", release = "", arch = "", sourceFile = "", vendor = ""] = line.split("\t");
  // The database lists trusted keys as packages.
  if (name === "gpg-pubkey") return [];
  const own = `${version}-${release}`;
  const [, source = name, sourceVersion = own] = SOURCE_FILE.exec(sourceFile) ?? [];
  const whole = epoch === "0" ? own : `${epoch}:${own}`;
  return checkedPackage({ name, version: whole, arch, source, sourceVersion, maintainer: vendor });
}

/** `curl (7.88.1-10+deb12u1) bookworm-security; urgency=medium`. */
function debUpdate(line: string): readonly SecurityUpdate[] {
  const [, source = "", version = ""] = /^(\S+) \(([^ )]+)\) /.exec(line) ?? [];
  return checkedUpdate(source, version);
}

/** `curl-7.76.1-26.el9.src.rpm`, tab, `Name <address> - 7.76.1-26`; the version also in brackets or with an epoch. */
function rpmUpdate(line: string): readonly SecurityUpdate[] {
  const [file = "", entry = ""] = line.split("\t");
  const [, source = ""] = SOURCE_FILE.exec(file) ?? [];
  const [, version = ""] = /[ >-] ?\[?(?:\d+:)?(\d[^\s\][]*)\]?$/.exec(entry) ?? [];
  return checkedUpdate(source, version);
}

function checkedUpdate(source: string, version: string): readonly SecurityUpdate[] {
  return isName(source) && isVersion(version) ? [{ source, version }] : [];
}

/** Returns the packages sorted, without duplicates. */
function sorted(packages: readonly InstalledPackage[], format: PackageFormat): readonly InstalledPackage[] {
  const byKey = new Map(packages.map((each) => [`${each.name} ${each.arch} ${each.version}`, each]));
  const order = VERSION_ORDERS[format];
  return [...byKey.values()].sort(
    (a, b) => compareText(a.name, b.name) || compareText(a.arch, b.arch) || order(a.version, b.version),
  );
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

/** Maximum length of the distribution's name, in characters. */
const LONGEST_NAME = 100;

/** Parses the lines of an os-release(5) file. Missing or invalid fields are empty. Pure. */
function readDistribution(lines: readonly string[]): Distribution {
  const fields = new Map<string, string>();
  for (const line of lines) {
    const [, key, value = ""] = /^([A-Z][A-Z0-9_]*)=(.*)$/.exec(line.trim()) ?? [];
    if (key !== undefined && !fields.has(key)) fields.set(key, unquoted(value));
  }
  const word = (key: string) => {
    const value = fields.get(key) ?? "";
    return /^[a-z0-9._-]{1,64}$/.test(value) ? value : "";
  };
  const name = (fields.get("PRETTY_NAME") ?? fields.get("NAME") ?? "").replace(/\p{C}/gu, "").slice(0, LONGEST_NAME);
  return { id: word("ID"), version: word("VERSION_ID"), name: name === "" ? "Linux" : name };
}

/** Removes shell quoting. Nothing is executed. */
function unquoted(text: string): string {
  const [, quote, inner] = /^(["'])(.*)\1$/.exec(text) ?? [];
  if (inner === undefined) return text;
  return quote === '"' ? inner.replace(/\\(["$`\\])/g, "$1") : inner;
}
