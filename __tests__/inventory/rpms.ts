import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** A package to build: from a source package of the same name, or a part of the given one. */
export interface Rpm {
  readonly name: string;
  readonly version: string;
  readonly release: string;
  readonly epoch?: number;
  readonly arch?: string;
  readonly source?: string;
  /** Entries of its changelog, newest first, as in a spec file after the `*`. */
  readonly changelog?: readonly string[];
}

/** Builds packages without files with rpmbuild, each from a spec file: `FOLDER/ARCH/*.rpm`. Works in `FOLDER-build`. */
export function buildRpms(folder: string, rpms: readonly Rpm[]): void {
  const work = `${folder}-build`;
  mkdirSync(work, { recursive: true });
  for (const [index, rpm] of rpms.entries()) {
    const spec = join(work, `${index}.spec`);
    writeFileSync(spec, specOf(rpm));
    const defines = [`_topdir ${work}/${index}`, `_rpmdir ${folder}`];
    const target = ["--target", `${rpm.arch ?? "x86_64"}-linux`];
    const args = ["-bb", "--quiet", ...target, ...defines.flatMap((define) => ["--define", define]), spec];
    execFileSync("rpmbuild", args, { stdio: ["ignore", "ignore", "pipe"] });
  }
}

/** A spec file (RPM's "Spec file format"); a part of another source is its only package. */
function specOf({ name, version, release, epoch, source, changelog = [] }: Rpm): string {
  const isPart = source !== undefined && source !== name;
  return [
    `Name: ${source ?? name}`,
    ...(epoch === undefined ? [] : [`Epoch: ${epoch}`]),
    `Version: ${version}`,
    `Release: ${release}`,
    "Summary: A package without files",
    "License: MIT",
    "Vendor: Example Linux",
    "%description",
    "None.",
    ...(isPart ? [`%package -n ${name}`, "Summary: A part", `%description -n ${name}`, "None."] : []),
    isPart ? `%files -n ${name}` : "%files",
    "%changelog",
    ...changelog.map((entry) => `* ${entry}\n`),
    "",
  ].join("\n");
}
