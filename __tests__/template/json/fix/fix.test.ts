import { describe, expect, test } from "@jest/globals";
import { checkFixedTemplate, fixTemplate } from "../../../../src/template/json/fix/fix.js";
import { FIXERS } from "../../../../src/template/json/fix/fixers.js";

type Section = Readonly<Record<string, unknown>>;

/** The fixed sections of a template with one section, and its text. */
function fixed(part: string, section: Section): Section {
  const { text } = fixTemplate({ file: "old.json", text: JSON.stringify({ [part]: [section] }) });
  return JSON.parse(text ?? "{}")[part]?.[0];
}

/** What the fixers of Packer 1.16 make of a builder. */
const BUILDERS: readonly (readonly [string, Section, Section])[] = [
  ["iso-md5", { iso_md5: "abc" }, { iso_checksum: "md5:abc" }],
  ["iso-md5", { iso_md5: 5 }, { iso_md5: 5 }],
  ["createtime", { ami_name: "a-{{ .CreateTime }}" }, { ami_name: "a-{{timestamp}}" }],
  ["createtime", { other: "a-{{.CreateTime}}" }, { other: "a-{{.CreateTime}}" }],
  [
    "virtualbox-gaattach",
    { type: "virtualbox", guest_additions_attach: true },
    { type: "virtualbox-iso", guest_additions_mode: "attach" },
  ],
  [
    "virtualbox-gaattach",
    { type: "virtualbox", guest_additions_attach: false },
    { type: "virtualbox-iso", guest_additions_mode: "upload" },
  ],
  ["virtualbox-rename", { type: "virtualbox" }, { type: "virtualbox-iso" }],
  ["vmware-rename", { type: "vmware" }, { type: "vmware-iso" }],
  ["parallels-headless", { type: "parallels-iso", headless: true }, { type: "parallels-iso" }],
  ["parallels-headless", { type: "qemu", headless: true }, { type: "qemu", headless: true }],
  [
    "parallels-deprecations",
    { type: "parallels-pvm", parallels_tools_host_path: "p", guest_os_distribution: "d" },
    { type: "parallels-pvm", guest_os_type: "d" },
  ],
  ["sshkeypath", { ssh_key_path: "old" }, { ssh_private_key_file: "old" }],
  ["sshkeypath", { ssh_key_path: "old", ssh_private_key_file: "new" }, { ssh_private_key_file: "new" }],
  ["sshdisableagent", { ssh_disable_agent: true }, { ssh_disable_agent_forwarding: true }],
  ["sshdisableagent", { ssh_disable_agent: "true" }, { ssh_disable_agent: "true" }],
  ["scaleway-access-key", { type: "scaleway", access_key: "a" }, { type: "scaleway", organization_id: "a" }],
  ["scaleway-access-key", { type: "amazon-ebs", access_key: "a" }, { type: "amazon-ebs", access_key: "a" }],
  [
    "amazon-shutdown_behavior",
    { type: "amazon-ebs", shutdown_behaviour: "stop" },
    { type: "amazon-ebs", shutdown_behavior: "stop" },
  ],
  [
    "amazon-enhanced-networking",
    { type: "amazon-ebs", enhanced_networking: true },
    { type: "amazon-ebs", ena_support: true },
  ],
  [
    "amazon-private-ip",
    { type: "amazon-ebs", ssh_private_ip: true },
    { type: "amazon-ebs", ssh_interface: "private_ip" },
  ],
  [
    "amazon-private-ip",
    { type: "amazon-ebs", ssh_private_ip: "0" },
    { type: "amazon-ebs", ssh_interface: "public_ip" },
  ],
  [
    "amazon-private-ip",
    { type: "amazon-ebs", ssh_private_ip: true, ssh_interface: "x" },
    { type: "amazon-ebs", ssh_private_ip: true, ssh_interface: "x" },
  ],
  [
    "amazon-temp-sec-cidrs",
    { type: "amazon-ebs", temporary_security_group_source_cidr: "10.0.0.0/8" },
    { type: "amazon-ebs", temporary_security_group_source_cidrs: ["10.0.0.0/8"] },
  ],
  ["docker-email", { type: "docker", login_email: "e" }, { type: "docker" }],
  [
    "vmware-compaction",
    { type: "vmware-iso", remote_type: "esx5" },
    { type: "vmware-iso", remote_type: "esx5", disk_type_id: "zeroedthick", skip_compaction: true },
  ],
  [
    "vmware-compaction",
    { type: "vmware-iso", remote_type: "esx5", disk_type_id: "thin" },
    { type: "vmware-iso", remote_type: "esx5", disk_type_id: "thin" },
  ],
  ["hyperv-deprecations", { type: "hyperv-iso", vhd_temp_path: "v" }, { type: "hyperv-iso" }],
  [
    "hyperv-vmxc-typo",
    { type: "hyperv-vmcx", clone_from_vmxc_path: "v" },
    { type: "hyperv-vmcx", clone_from_vmcx_path: "v" },
  ],
  ["hyperv-cpu-and-ram", { type: "hyperv-iso", cpu: 2, ram_size: 1 }, { type: "hyperv-iso", cpus: 2, memory: 1 }],
  [
    "clean-image-name",
    { ami_name: "{{isotime | clean_ami_name}}", tags: { a: "{{clean_image_name `x`}}", b: 3 } },
    { ami_name: "{{isotime | clean_resource_name}}", tags: { a: "{{clean_resource_name `x`}}", b: 3 } },
  ],
  ["spot-price-auto-product", { type: "amazon-ebs", spot_price_auto_product: "x" }, { type: "amazon-ebs" }],
  ["qemu-disk-size", { type: "qemu", disk_size: 4000 }, { type: "qemu", disk_size: "4000M" }],
  ["qemu-disk-size", { type: "qemu", disk_size: "4G" }, { type: "qemu", disk_size: "4G" }],
  [
    "comm-config",
    {
      type: "virtualbox-ovf",
      ssh_host_port_min: 1,
      ssh_host_port_max: 2,
      host_port_max: 3,
      ssh_skip_nat_mapping: true,
    },
    { type: "virtualbox-ovf", host_port_min: 1, host_port_max: 3, skip_nat_mapping: true },
  ],
  ["ssh-wait-timeout", { ssh_wait_timeout: "5m" }, { ssh_timeout: "5m" }],
  ["ssh-wait-timeout", { ssh_wait_timeout: 5, ssh_timeout: "6m" }, { ssh_timeout: "6m" }],
  [
    "vsphere-iso-net-disk",
    { type: "vsphere-iso", network: "n", networkCard: "c", disk_size: 1, storage: [{ disk_size: 2 }] },
    {
      type: "vsphere-iso",
      storage: [{ disk_size: 1 }, { disk_size: 2 }],
      network_adapters: [{ network: "n", network_card: "c" }],
    },
  ],
  ["iso-checksum-type-and-url", { iso_checksum: "abc", iso_checksum_type: "sha256" }, { iso_checksum: "sha256:abc" }],
  [
    "iso-checksum-type-and-url",
    { iso_checksum_url: "https://x/SUMS", iso_checksum_type: "sha256" },
    { iso_checksum: "file:https://x/SUMS" },
  ],
  ["iso-checksum-type-and-url", { iso_checksum_type: "none" }, {}],
  [
    "qemu-host-port",
    { type: "qemu", ssh_host_port_min: 1, ssh_host_port_max: 2 },
    { type: "qemu", host_port_min: 1, host_port_max: 2 },
  ],
  [
    "azure-exclude_from_latest",
    { type: "azure-chroot", shared_image_destination: { exlude_from_latest: true } },
    { type: "azure-chroot", shared_image_destination: { exclude_from_latest: true } },
  ],
  ["proxmox-type", { type: "proxmox" }, { type: "proxmox-iso" }],
];

const PROVISIONERS: readonly (readonly [string, Section, Section])[] = [
  ["virtualbox-rename", { override: { virtualbox: { a: 1 } } }, { override: { "virtualbox-iso": { a: 1 } } }],
  [
    "powershell-escapes",
    { type: "powershell", elevated_user: "a`$``b", environment_vars: ["A=`\"`'`x"] },
    { type: "powershell", elevated_user: "a$`b", environment_vars: ["A=\"'`x"] },
  ],
  ["powershell-escapes", { type: "shell", environment_vars: ["A=`$"] }, { type: "shell", environment_vars: ["A=`$"] }],
  ["galaxy-command", { type: "ansible-local", galaxycommand: "g" }, { type: "ansible-local", galaxy_command: "g" }],
];

const POST_PROCESSORS: readonly (readonly [string, Section, Section])[] = [
  ["pp-vagrant-override", { type: "vagrant", aws: { a: 1 } }, { type: "vagrant", override: { aws: { a: 1 } } }],
  ["manifest-filename", { type: "manifest", filename: "m" }, { type: "manifest", output: "m" }],
  ["manifest-filename", { type: "checksum", filename: "m" }, { type: "checksum", filename: "m" }],
  ["docker-email", { type: "docker-push", login_email: "e" }, { type: "docker-push" }],
  [
    "docker-tag-tags",
    { type: "docker-tag", tag: "a, b", tags: ["b", "c"] },
    { type: "docker-tag", tags: ["a", "b", "c"] },
  ],
  ["docker-tag-tags", { type: "docker-tag" }, { type: "docker-tag" }],
];

describe("fixers", () => {
  test.each(BUILDERS)("%s of the builder %j", (_name, before, after) => {
    expect(fixed("builders", before)).toEqual(after);
  });

  test.each(PROVISIONERS)("%s of the provisioner %j", (_name, before, after) => {
    expect(fixed("provisioners", before)).toEqual(after);
  });

  test.each(POST_PROCESSORS)("%s of the post-processor %j", (_name, before, after) => {
    expect(fixed("post-processors", before)).toEqual(after);
  });

  test("each fixer has a case that it changes", () => {
    const changed = [...BUILDERS, ...PROVISIONERS, ...POST_PROCESSORS]
      .filter(([, before, after]) => JSON.stringify(before) !== JSON.stringify(after))
      .map(([name]) => name);
    expect([...new Set(changed)].sort()).toEqual(FIXERS.map(({ name }) => name).sort());
  });
});

describe("a fixed template", () => {
  const fix = (text: string) => fixTemplate({ file: "old.json", text });

  test("keeps the order of keys, digits and empty values, and has two spaces of indentation", () => {
    const { text, diagnostics } =
      fix(`{"z": 1.50, "builders": [{"type": "file", "ssh_wait_timeout": "1m", "2": {}, "1": []}],
      "a": "<&>\\u00e9\\u0001", "__proto__": null}`);
    expect(diagnostics).toEqual([]);
    expect(text?.split("\n")).toEqual([
      "{",
      '  "z": 1.50,',
      '  "builders": [',
      "    {",
      '      "type": "file",',
      '      "ssh_timeout": "1m",',
      '      "2": {},',
      '      "1": []',
      "    }",
      "  ],",
      '  "a": "<&>é\\u0001",',
      '  "__proto__": null',
      "}",
    ]);
  });

  test("has changes in pipelines and in the error-cleanup provisioner, and texts among post-processors", () => {
    const { text } = fix(
      JSON.stringify({
        "error-cleanup-provisioner": { type: "ansible-local", galaxycommand: "g" },
        "post-processors": [
          "compress",
          ["compress", { type: "manifest", filename: "m" }],
          { type: "docker-tag", tag: "a" },
        ],
      }),
    );
    expect(JSON.parse(text ?? "")).toEqual({
      "error-cleanup-provisioner": { type: "ansible-local", galaxy_command: "g" },
      "post-processors": [
        "compress",
        ["compress", { type: "manifest", output: "m" }],
        { type: "docker-tag", tags: ["a"] },
      ],
    });
  });

  test.each([
    ["[1]", "A template must be a JSON object, not a list", "old.json", 1, 1],
    ['{"builders": [}', "", "old.json", 1, 15],
    ['{"a": 1,\n "a": 2}', 'Duplicate key "a"', "old.json", 2, 2],
    [
      '{"builders": [{"type": "amazon-ebs", "ssh_private_ip": "{{user `p`}}"}]}',
      '"ssh_private_ip" is not a boolean',
      "old.json",
      1,
      56,
    ],
  ])("%j cannot be fixed, with a place", (text, message, file, line, column) => {
    const { text: none, diagnostics } = fix(text);
    expect(none).toBeUndefined();
    const [error] = diagnostics;
    expect(error?.summary).toContain(message);
    expect(error?.range).toMatchObject({ file, start: { line, column } });
  });

  test.each([
    ['{"builders": []}', ["At least one builder must be defined"]],
    ['{"builders": [{"type": "null"}], "bilders": 1}', ['Unknown root level key in template: "bilders"']],
    [
      '{"builders": [{"type": "null"}], "provisioners": [{"type": "shell", "only": ["x"]}]}',
      ['Provisioner 1: "only" contains "x", but no builder has this name'],
    ],
    ['{"builders": [{"type": "null", "no_such_option": "{{user `unset`}}"}], "variables": {"unset": null}}', []],
  ])("%j is validated as Packer does", (text, messages) => {
    expect(checkFixedTemplate({ file: "x", text }).map(({ summary }) => summary)).toEqual(messages);
  });
});
