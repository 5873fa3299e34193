import { describe, expect, test } from "@jest/globals";
import type { FoundImage } from "../../../src/aws/image.js";
import { targetRegions } from "../../../src/builders/amazon-ebs/look/regions.js";
import { imageMappings, launchMappings } from "../../../src/builders/amazon-ebs/machine/block-devices.js";
import { imageMarks, temporaryName } from "../../../src/builders/amazon-ebs/marks.js";
import { firstIsFinal, missingText, planImages } from "../../../src/builders/amazon-ebs/plan.js";
import { renderTags, sourceFields } from "../../../src/builders/amazon-ebs/tags.js";
import type { Json } from "../../../src/options/collections.js";
import { optionsOf } from "./options.js";

const plan = (
  more: Readonly<Record<string, Json>> = {},
  inUse: readonly string[] = [],
  regions: readonly string[] = [],
) => planImages(optionsOf(more), { build: "us-east-1", more: regions }, "unique", new Set(inUse));

describe("the planned images", () => {
  test.each<[string, ReturnType<typeof plan>, boolean, readonly string[]]>([
    ["one", plan(), true, ["us-east-1"]],
    [
      "copies, each Region once",
      plan({ ami_regions: ["eu-west-1", "us-east-1", "eu-west-1"] }),
      true,
      ["us-east-1", "eu-west-1"],
    ],
    [
      "the Regions of the run",
      plan({ ami_regions: ["eu-west-1"] }, [], ["eu-west-2"]),
      true,
      ["us-east-1", "eu-west-1", "eu-west-2"],
    ],
    ["only copies", plan({ ami_regions: ["eu-west-1"], skip_save_build_region: true }), false, ["eu-west-1"]],
    ["encrypted", plan({ encrypt_boot: true }), false, ["us-east-1"]],
    ["unencrypted", plan({ encrypt_boot: false }), true, ["us-east-1"]],
    ["replacing an old image", plan({}, ["us-east-1"]), false, ["us-east-1"]],
    [
      "with an old image in another Region",
      plan({ ami_regions: ["eu-west-1"] }, ["eu-west-1"]),
      true,
      ["us-east-1", "eu-west-1"],
    ],
  ])("%s", (_, made, first, regions) => {
    expect(firstIsFinal(made)).toBe(first);
    expect(made.targets.map((target) => target.region)).toEqual(regions);
    expect(made.finalName).toBe("web 1");
  });

  test.each([
    [true, true],
    [false, undefined],
    [undefined, undefined],
  ])("are encrypted by the call with encrypt_boot %s: %s", (given, encrypted) => {
    const made = plan({ ami_regions: ["eu-west-1"], ...(given === undefined ? {} : { encrypt_boot: given }) });
    expect(made.targets.map((target) => target.encrypted)).toEqual([encrypted, encrypted]);
  });

  test("have the key of their Region", () => {
    const keys = { "eu-west-1": "alias/eu", "eu-west-2": "" };
    const made = plan({
      encrypt_boot: true,
      kms_key_id: "alias/us",
      region_kms_key_ids: keys,
      ami_regions: Object.keys(keys),
    });
    expect(made.targets.map((target) => target.kmsKeyId)).toEqual(["alias/us", "alias/eu", undefined]);
  });

  test("have a mark that names what is missing", () => {
    const made = plan({ ami_regions: ["eu-west-1", "eu-west-2"] });
    expect(missingText(made, new Set())).toBe("copy:eu-west-1 copy:eu-west-2");
    expect(missingText(made, new Set(["eu-west-1"]))).toBe("copy:eu-west-2");
    expect(missingText(made, new Set(["eu-west-1", "eu-west-2"]))).toBe("finish");
    expect(missingText(plan({ encrypt_boot: true }), new Set())).toBe("copy:us-east-1");
  });

  test("have a valid temporary name that starts like the final one and is unique for the run", () => {
    const long = "n".repeat(128);
    expect(temporaryName(long, "a")).toHaveLength(128);
    expect(temporaryName("web", "a")).toMatch(/^web-[0-9a-f]{10}$/);
    expect(temporaryName("web", "a")).not.toBe(temporaryName("web", "b"));
  });

  test("are in the Regions of the template and the run", () => {
    expect(targetRegions({ ami_regions: ["b", "a"] }, { build: "a", more: ["c", "b"] })).toEqual(["a", "b", "c"]);
  });
});

describe("block devices", () => {
  const device = (more: Readonly<Record<string, Json>>) => ({ device_name: "/dev/sda1", ...more });

  test.each<[string, Readonly<Record<string, Json>>, object]>([
    ["only the name", {}, { Ebs: { DeleteOnTermination: true } }],
    [
      "size and type",
      { volume_size: 20, volume_type: "gp2" },
      { Ebs: { DeleteOnTermination: true, VolumeSize: 20, VolumeType: "gp2" } },
    ],
    [
      "iops, if the type supports them",
      { volume_type: "gp2", iops: 3000 },
      { Ebs: { DeleteOnTermination: true, VolumeType: "gp2" } },
    ],
    [
      "gp3 with iops and throughput",
      { volume_type: "gp3", iops: 4000, throughput: 200 },
      { Ebs: { DeleteOnTermination: true, VolumeType: "gp3", Iops: 4000, Throughput: 200 } },
    ],
    [
      "encryption",
      { encrypted: true, kms_key_id: "alias/a" },
      { Ebs: { DeleteOnTermination: true, Encrypted: true, KmsKeyId: "alias/a" } },
    ],
    ["no device", { no_device: true, volume_size: 8 }, { NoDevice: "" }],
    ["an instance store", { virtual_name: "ephemeral0" }, { VirtualName: "ephemeral0" }],
    ["a volume to keep", { delete_on_termination: false }, { Ebs: { DeleteOnTermination: true } }],
  ])("at launch: %s", (_, more, expected) => {
    const mappings = launchMappings(optionsOf({ launch_block_device_mappings: [device(more)] }));
    expect(mappings).toEqual([{ DeviceName: "/dev/sda1", ...expected }]);
  });

  test("in the image: the template's, and the launch volumes to keep", () => {
    const launch = [device({}), { device_name: "/dev/sdb", delete_on_termination: true }];
    expect(imageMappings(optionsOf({ launch_block_device_mappings: launch }))).toEqual([
      { DeviceName: "/dev/sda1", Ebs: { DeleteOnTermination: false } },
    ]);
    const both = { launch_block_device_mappings: launch, ami_block_device_mappings: [device({ volume_size: 9 })] };
    expect(imageMappings(optionsOf(both))).toEqual([
      { DeviceName: "/dev/sda1", Ebs: { DeleteOnTermination: false, VolumeSize: 9 } },
    ]);
  });

  // Packer's amazon plugin, `common/block_device.go`: zero values are left out, except the boolean.
  test.each<[string, Readonly<Record<string, Json>>, object | undefined]>([
    ["without delete_on_termination", {}, { Ebs: { DeleteOnTermination: false } }],
    ["an empty delete_on_termination", { delete_on_termination: "" }, { Ebs: { DeleteOnTermination: false } }],
    ["delete_on_termination", { delete_on_termination: true }, { Ebs: { DeleteOnTermination: true } }],
    ["not encrypted", { encrypted: false }, { Ebs: { DeleteOnTermination: false, Encrypted: false } }],
    ["encrypted as the source", { encrypted: "" }, { Ebs: { DeleteOnTermination: false } }],
    [
      "empty texts and zeros",
      { volume_type: "", volume_size: 0, snapshot_id: "", kms_key_id: "", virtual_name: "", no_device: "" },
      { Ebs: { DeleteOnTermination: false } },
    ],
    ["no device", { no_device: true, delete_on_termination: true }, { NoDevice: "" }],
    ["an instance store", { virtual_name: "ephemeral0" }, { VirtualName: "ephemeral0" }],
  ])("in the image: %s", (_, more, expected) => {
    const mappings = imageMappings(optionsOf({ ami_block_device_mappings: [device(more)] }));
    expect(mappings).toEqual([{ DeviceName: "/dev/sda1", ...expected }]);
  });

  test.each<[string, Readonly<Record<string, Json>>, boolean]>([
    ["without delete_on_termination records false", {}, true],
    ["with false records false", { delete_on_termination: false }, true],
    ["with true is recorded as launched", { delete_on_termination: true }, false],
    ["that is suppressed is not in the image", { no_device: true }, false],
    ["in the instance store has no volume to keep", { virtual_name: "ephemeral0" }, false],
  ])("a launch device %s", (_, more, isRecorded) => {
    const mappings = imageMappings(optionsOf({ launch_block_device_mappings: [device(more)] }));
    expect(mappings).toEqual(isRecorded ? [{ DeviceName: "/dev/sda1", Ebs: { DeleteOnTermination: false } }] : []);
  });

  test("no_ephemeral suppresses all instance stores of Windows images", () => {
    const mappings = launchMappings(optionsOf({ no_ephemeral: true }));
    expect(mappings).toHaveLength(24);
    expect(mappings[0]).toEqual({ DeviceName: "xvdc", NoDevice: "" });
  });
});

describe("tags", () => {
  const source: FoundImage = {
    id: "ami-1",
    name: "base",
    state: "available",
    stateReason: undefined,
    createdAt: "2026-01-02T03:04:05.000Z",
    owner: "099720109477",
    ownerAlias: "amazon",
    architecture: "x86_64",
    rootDeviceType: "ebs",
    rootDeviceName: "/dev/sda1",
    virtualizationType: "hvm",
    description: "",
    isPacked: false,
    isAllowed: undefined,
    tags: { Release: "22.04" },
    snapshotIds: [],
    mappings: [],
    deprecatesAt: undefined,
    imdsV2: false,
    isWindows: false,
    protection: undefined,
    productCodes: [],
    isPublic: false,
    isProtected: false,
  };

  test("are rendered with values of the source image, and override each other", () => {
    const options = optionsOf({
      run_tags: { Team: "infra", "{{ .SourceAMIName }}": "x" },
      tags: { Base: "{{ .SourceAMI }} {{ .SourceAMITags.Release }} {{ .BuildRegion }}", Team: "web" },
      tag: [{ key: "More", value: "{{ .SourceAMIOwnerName }}" }],
      snapshot_tags: { Base: "disk" },
      run_volume_tag: [{ name: "Disk", value: "{{ .SourceAMICreationDate }}" }],
    });
    const tags = renderTags(options, sourceFields(source, "us-east-1"));
    expect(tags.run).toEqual({ Team: "infra", base: "x" });
    expect(tags.image).toEqual({ Team: "web", base: "x", Base: "ami-1 22.04 us-east-1", More: "amazon" });
    expect(tags.snapshot).toEqual({ ...tags.image, Base: "disk" });
    expect(tags.volume).toEqual({ Disk: source.createdAt });
  });

  test("omit run_tags from the image with skip_ami_run_tags", () => {
    const options = optionsOf({ run_tags: { Team: "infra" }, skip_ami_run_tags: true });
    expect(renderTags(options, sourceFields(source, "us-east-1")).image).toEqual({});
  });

  test("of bake-ami contain only known values", () => {
    const none = { image: "web", fingerprint: undefined, names: undefined, finalName: undefined, origin: undefined };
    expect(imageMarks({ missing: "finish", ...none })).toEqual({
      "bake-ami:unfinished": "finish",
      "bake-ami:image": "web",
    });
    expect(
      imageMarks({
        missing: "finish",
        fingerprint: { hash: "f", record: { "bake-ami:source": "ami-1" } },
        names: "web-*",
        image: "web (blue)",
        finalName: "n",
        origin: "2026-11-30T07:00:00.000Z ami-1",
      }),
    ).toEqual({
      "bake-ami:unfinished": "finish",
      "bake-ami:image": "web -blue-",
      "bake-ami:fingerprint": "f",
      "bake-ami:source": "ami-1",
      "bake-ami:names": "web-*",
      "bake-ami:name": "n",
      "bake-ami:origin": "2026-11-30T07:00:00.000Z ami-1",
    });
  });
});
