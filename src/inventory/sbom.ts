import { ComponentType, LifecyclePhase } from "@cyclonedx/cyclonedx-library/Enums";
import { Bom, Component, Metadata, OrganizationalEntity, Property, Tools } from "@cyclonedx/cyclonedx-library/Models";
import { JSON as Json, JsonSerializer } from "@cyclonedx/cyclonedx-library/Serialize";
import { Spec1dot6 } from "@cyclonedx/cyclonedx-library/Spec";
import type { InstalledPackage, PackageList } from "../core/packages.js";
import { VERSION } from "../core/version.js";
import { packageUrl } from "./package-url.js";

/** What a software bill of materials is of. */
export interface Subject {
  readonly kind: "machine-image" | "container";
  readonly name: string;
  /** Ids of the image, e.g. by region. */
  readonly properties: readonly { readonly name: string; readonly value: string }[];
  /** A UUID that is new for each bill. */
  readonly uuid: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/**
 * Writes a software bill of materials (CycloneDX 1.6, JSON): the image, its operating system, and a component a package. The same for
 * the same list, but for serial number and time.
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
    ...(distribution.version === "" ? {} : { version: distribution.version }),
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
    ...(each.maintainer === "" ? {} : { supplier: new OrganizationalEntity({ name: each.maintainer }) }),
  });
}
