import { ComponentType, LifecyclePhase } from "@cyclonedx/cyclonedx-library/Enums";
import { Bom, Component, Metadata, OrganizationalEntity, Property, Tools } from "@cyclonedx/cyclonedx-library/Models";
import { JSON as Json, JsonSerializer } from "@cyclonedx/cyclonedx-library/Serialize";
import { Spec1dot6 } from "@cyclonedx/cyclonedx-library/Spec";
import { PackageURL } from "packageurl-js";
import type { InstalledPackage, PackageList } from "../core/packages.js";
import { VERSION } from "../core/version.js";

/** The subject of a software bill of materials. */
export interface Subject {
  readonly kind: "machine-image" | "container";
  readonly name: string;
  /** Ids of the image, e.g. by region. */
  readonly properties: readonly { readonly name: string; readonly value: string }[];
  /** A new UUID for each bill. */
  readonly uuid: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/**
 * Returns a software bill of materials (CycloneDX 1.6, JSON): the image, its operating system, and one component per package. For the same
 * list only the serial number and the time differ.
 */
export function billOfMaterials(list: PackageList, subject: Subject): string {
  const { distribution } = list;
  const image = new Component(
    subject.kind === "container" ? ComponentType.Container : ComponentType.OperatingSystem,
    subject.name,
    { bomRef: "image" },
  );
  for (const { name, value } of subject.properties) image.properties.add(new Property(name, value));
  const system = new Component(ComponentType.OperatingSystem, distribution.id || "linux", {
    bomRef: "operating-system",
    description: distribution.name,
    version: distribution.version || undefined,
  });
  const tool = new Component(ComponentType.Application, "bake-ami", { version: VERSION });
  const metadata = new Metadata({ component: image, timestamp: new Date(subject.at), tools: new Tools() });
  metadata.tools.components.add(tool);
  metadata.lifecycles.add(LifecyclePhase.PostBuild);
  const bom = new Bom({ metadata, serialNumber: `urn:uuid:${subject.uuid}` });
  bom.components.add(system);
  for (const each of list.packages) bom.components.add(componentOf(each, list));
  const serializer = new JsonSerializer(new Json.Normalize.Factory(Spec1dot6));
  return `${serializer.serialize(bom, { sortLists: true, space: 2 })}\n`;
}

function componentOf(each: InstalledPackage, list: PackageList): Component {
  const purl = packageUrl(each, list);
  return new Component(ComponentType.Library, each.name, {
    bomRef: purl,
    purl,
    version: each.version,
    supplier: each.maintainer === "" ? undefined : new OrganizationalEntity({ name: each.maintainer }),
  });
}

/**
 * Returns the package URL of an installed package (purl specification, types `deb` and `rpm`, and `generic` for Windows). The namespace is the distribution. The
 * qualifiers are the architecture, the distribution with its version, the source package, and the epoch of an RPM.
 */
export function packageUrl(installed: InstalledPackage, { format, distribution }: PackageList): string {
  const { name, version, arch, source, sourceVersion } = installed;
  const [, epoch = "", rest = version] = /^(\d+):(.*)$/.exec(version) ?? [];
  const isRpm = format === "rpm";
  const isWindows = format === "windows";
  const qualifiers: Record<string, string> = { arch };
  if (distribution.id !== "") qualifiers.distro = [distribution.id, distribution.version].filter(Boolean).join("-");
  if (isRpm && epoch !== "") qualifiers.epoch = epoch;
  if (source !== name) qualifiers.upstream = sourceVersion === version ? source : `${source}@${sourceVersion}`;
  const namespace = distribution.id === "" || isWindows ? undefined : distribution.id;
  return new PackageURL(isWindows ? "generic" : format, namespace, name, isRpm ? rest : version, qualifiers).toString();
}
