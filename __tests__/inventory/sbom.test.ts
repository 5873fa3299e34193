import { describe, expect, test } from "@jest/globals";
import { billOfMaterials, packageUrl, type Subject } from "../../src/inventory/sbom.js";
import { complaintsOf } from "./json-schema.js";
import { listOf, recordedList } from "./lists.js";

const SCHEMA = "bom-1.6.SNAPSHOT.schema.json";

const subject: Subject = {
  kind: "machine-image",
  name: "web-1700000000",
  properties: [{ name: "bake-ami:ami:us-east-1", value: "ami-1" }],
  uuid: "3e671687-395b-41f5-a30f-a58921a69b79",
  at: Date.UTC(2026, 10, 21),
};

const bill = (list = recordedList("debian-12"), of = subject) => JSON.parse(billOfMaterials(list, of));

describe("the bill of materials", () => {
  test.each(["debian-12", "rocky-9"] as const)("of %s conforms to the schema of CycloneDX 1.6", (name) => {
    expect(complaintsOf(bill(recordedList(name)), SCHEMA)).toEqual([]);
  });

  test.each([
    ["a component without a name", (bom: ReturnType<typeof bill>) => delete bom.components[0].name],
    ["a serial number that is no UUID", (bom: ReturnType<typeof bill>) => (bom.serialNumber = "urn:uuid:x")],
    ["a field that nobody knows", (bom: ReturnType<typeof bill>) => (bom.components[0].colour = "red")],
  ])("the check finds %s", (_what, spoil) => {
    const bom = bill();
    spoil(bom);
    expect(complaintsOf(bom, SCHEMA)).not.toEqual([]);
  });

  test("has the image, its operating system and one component per package", () => {
    const bom = bill();
    expect(bom).toMatchObject({
      bomFormat: "CycloneDX",
      specVersion: "1.6",
      serialNumber: "urn:uuid:3e671687-395b-41f5-a30f-a58921a69b79",
      metadata: {
        timestamp: "2026-11-21T00:00:00.000Z",
        component: {
          type: "operating-system",
          name: "web-1700000000",
          properties: [{ name: "bake-ami:ami:us-east-1", value: "ami-1" }],
        },
      },
    });
    expect(bom.components).toHaveLength(15);
    expect(bom.components).toContainEqual(
      expect.objectContaining({ type: "operating-system", name: "debian", version: "12" }),
    );
    expect(bom.components).toContainEqual(
      expect.objectContaining({
        type: "library",
        name: "bash",
        version: "5.2.15-2+b8",
        supplier: { name: "Matthias Klose <doko@debian.org>" },
      }),
    );
  });

  test("is the same for the same list, except for serial number and time", () => {
    const list = recordedList("rocky-9");
    const shuffled = { ...list, packages: [...list.packages].reverse() };
    expect(billOfMaterials(shuffled, subject)).toBe(billOfMaterials(list, subject));
    const later = bill(list, { ...subject, uuid: "11111111-2222-4333-8444-555555555555", at: 0 });
    const first = bill(list);
    expect({ ...later, serialNumber: "", metadata: { ...later.metadata, timestamp: "" } }).toEqual({
      ...first,
      serialNumber: "",
      metadata: { ...first.metadata, timestamp: "" },
    });
  });
});

describe("package URLs", () => {
  const rocky = recordedList("rocky-9");
  const named = (list: typeof rocky, name: string) => {
    const found = list.packages.find((each) => each.name === name);
    return found && packageUrl(found, list);
  };
  test.each([
    ["curl", "pkg:deb/debian/curl@7.88.1-10+deb12u14?arch=amd64&distro=debian-12"],
    ["libcurl4", "pkg:deb/debian/libcurl4@7.88.1-10+deb12u14?arch=amd64&distro=debian-12&upstream=curl"],
    ["openssh-server", "pkg:deb/debian/openssh-server@1:9.2p1-2+deb12u10?arch=amd64&distro=debian-12&upstream=openssh"],
  ])("of Debian's %s", (name, url) => expect(named(recordedList("debian-12"), name)).toBe(url));

  test.each([
    ["bash", "pkg:rpm/rocky/bash@5.1.8-6.el9_1?arch=x86_64&distro=rocky-9.4"],
    ["openssl-libs", "pkg:rpm/rocky/openssl-libs@3.0.7-24.el9?arch=x86_64&distro=rocky-9.4&epoch=1"],
  ])("of Rocky's %s", (name, url) => expect(named(rocky, name)).toBe(url));

  test("of an unknown distribution", () => {
    const list = { ...listOf(["a 1"]), distribution: { id: "", version: "", name: "Linux" } };
    expect(named(list, "a")).toBe("pkg:deb/a@1?arch=amd64");
  });
});
