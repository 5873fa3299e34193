import { shellQuote } from "../core/text.js";

/** What stands before each part of the command's output, and at its end; what a login prints before the first is no part. */
export const MARKS = {
  release: "bake-ami:os-release",
  deb: "bake-ami:deb",
  rpm: "bake-ami:rpm",
  security: "bake-ami:security",
  end: "bake-ami:end",
} as const;

/** A line a package: status, name, version, architecture, source, version of the source, maintainer (dpkg-query(1)). */
const DEB =
  "${db:Status-Abbrev}\\t${Package}\\t${Version}\\t${Architecture}\\t${source:Package}\\t${source:Version}\\t${Maintainer}\\n";

/** A line a package: name, epoch, version, release, architecture, source package, vendor (rpm(8), "query options"). */
const RPM =
  "%{NAME}\\t%|EPOCH?{%{EPOCH}}:{0}|\\t%{VERSION}\\t%{RELEASE}\\t%{ARCH}\\t%|SOURCERPM?{%{SOURCERPM}}|\\t%|VENDOR?{%{VENDOR}}|\\n";

/** Largest parts of the changelogs and of os-release that are read, in bytes. */
const LARGEST = { security: 262_144, release: 16_384 };

/**
 * Headings of Debian's changelogs for versions that went through a security archive (Debian Policy §4.4: package, version,
 * distributions, urgency). Images without documentation have none, and native packages keep theirs in a file that upstream's
 * changelogs share, which are too long to be read.
 */
const DEB_SECURITY = [
  "$T gzip -dcq /usr/share/doc/*/changelog.Debian.gz 2>/dev/null",
  'grep -a "^[a-z0-9][a-z0-9+.-]* ([^ )]*) [^;]*-security[^;]*; urgency="',
  "sort -u",
  `head -c ${LARGEST.security}`,
].join(" | ");

/** Entries of the changelogs of all packages, newest first: source package, author and version, text (rpm(8), arrays). */
const RPM_CHANGES = "[%{=SOURCERPM}\\t%{CHANGELOGNAME}\\t%{CHANGELOGTEXT}\\n]";

/** Of entries whose text names a CVE, source package and version, the newest few of each source. */
const NAMING_CVES =
  'NF > 2 && $1 ~ /[.]src[.]rpm$/ { source = $1; entry = $1 "\\t" $2 } ' +
  "/CVE-[0-9]/ && entry && (entry in told) == 0 { told[entry]; if (count[source]++ < 20) print entry }";

const RPM_SECURITY = ['$T rpm -qa --qf "$3" 2>/dev/null', `awk -F "\\t" "$4"`, `head -c ${LARGEST.security}`].join(
  " | ",
);

const SCRIPT = [
  "LC_ALL=C; export LC_ALL; PATH=$PATH:/usr/sbin:/usr/bin:/sbin:/bin",
  // Changelogs can be long; without them the list is whole.
  'T=; if command -v timeout >/dev/null; then T="timeout 20"; fi',
  `echo ${MARKS.release}`,
  "for f in /etc/os-release /usr/lib/os-release; do " +
    `if [ -r "$f" ]; then head -c ${LARGEST.release} "$f"; echo; break; fi; done`,
  // Tools of the other family are often installed beside a machine's own: the database tells.
  "if [ -s /var/lib/dpkg/status ] && command -v dpkg-query >/dev/null; then " +
    `echo ${MARKS.deb}; dpkg-query -W -f "$1" || exit 3; echo ${MARKS.security}; ${DEB_SECURITY}; ` +
    `elif command -v rpm >/dev/null; then echo ${MARKS.rpm}; rpm -qa --qf "$2" || exit 3; echo ${MARKS.security}; ${RPM_SECURITY}; fi`,
  `echo ${MARKS.end}`,
].join("; ");

/** The one command that lists what is installed: for any login shell, read-only, with the rights of the login user. */
export const LIST_COMMAND = `sh -c ${shellQuote(SCRIPT)} sh ${[DEB, RPM, RPM_CHANGES, NAMING_CVES].map(shellQuote).join(" ")}`;
