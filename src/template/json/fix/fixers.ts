import {
  createTime,
  diskSize,
  dockerTags,
  excludeFromLatest,
  guestAdditions,
  isoChecksum,
  isoMd5,
  powershellEscapes,
  skipCompaction,
  sourceCidrs,
  sshInterface,
  vagrantOverride,
  virtualboxOverride,
  vsphereLists,
} from "./changes.js";
import { all, eachText, type Fixer, ofType, remove, rename, retype } from "./fixer.js";

/** The types of Amazon's builders. */
export const AMAZON = /^amazon-/;
const SPOT = ["amazon-ebs", "amazon-ebssurrogate", "amazon-ebsvolume", "amazon-instance"];
const PARALLELS = ["parallels-iso", "parallels-pvm"];

/** Packer's fixers, in the order in which Packer 1.16 runs them. */
export const FIXERS: readonly Fixer[] = [
  { name: "iso-md5", synopsis: 'replaces "iso_md5" with "iso_checksum"', builder: isoMd5 },
  { name: "createtime", synopsis: 'replaces "{{.CreateTime}}" in names with "{{timestamp}}"', builder: createTime },
  {
    name: "virtualbox-gaattach",
    synopsis: 'replaces "guest_additions_attach" of virtualbox with "guest_additions_mode"',
    builder: ofType(["virtualbox"], guestAdditions),
  },
  {
    name: "pp-vagrant-override",
    synopsis: 'moves options of providers of the vagrant post-processor into "override"',
    postProcessor: ofType(["vagrant"], vagrantOverride),
  },
  {
    name: "virtualbox-rename",
    synopsis: "renames the builder virtualbox to virtualbox-iso",
    builder: retype("virtualbox", "virtualbox-iso"),
    provisioner: virtualboxOverride,
  },
  {
    name: "vmware-rename",
    synopsis: "renames the builder vmware to vmware-iso",
    builder: retype("vmware", "vmware-iso"),
  },
  {
    name: "parallels-headless",
    synopsis: 'removes "headless" of the Parallels builders',
    builder: ofType(PARALLELS, remove("headless")),
  },
  {
    name: "parallels-deprecations",
    synopsis: 'removes "parallels_tools_host_path", and renames "guest_os_distribution" to "guest_os_type"',
    builder: ofType(
      PARALLELS,
      all(remove("parallels_tools_host_path"), rename("guest_os_distribution", "guest_os_type")),
    ),
  },
  {
    name: "sshkeypath",
    synopsis: 'renames "ssh_key_path" to "ssh_private_key_file"',
    builder: rename("ssh_key_path", "ssh_private_key_file", { only: "string", keep: true }),
  },
  {
    name: "sshdisableagent",
    synopsis: 'renames "ssh_disable_agent" to "ssh_disable_agent_forwarding"',
    builder: rename("ssh_disable_agent", "ssh_disable_agent_forwarding", { only: "boolean", keep: true }),
  },
  {
    name: "scaleway-access-key",
    synopsis: 'renames "access_key" of scaleway to "organization_id"',
    builder: ofType(["scaleway"], rename("access_key", "organization_id", { only: "string", keep: true })),
  },
  {
    name: "manifest-filename",
    synopsis: 'renames "filename" of the manifest post-processor to "output"',
    postProcessor: ofType(["manifest"], rename("filename", "output", { only: "string" })),
  },
  {
    name: "amazon-shutdown_behavior",
    synopsis: 'renames "shutdown_behaviour" of the Amazon builders to "shutdown_behavior"',
    builder: ofType(AMAZON, rename("shutdown_behaviour", "shutdown_behavior")),
  },
  {
    name: "amazon-enhanced-networking",
    synopsis: 'renames "enhanced_networking" of the Amazon builders to "ena_support"',
    builder: ofType(AMAZON, rename("enhanced_networking", "ena_support", { only: "boolean" })),
  },
  {
    name: "amazon-private-ip",
    synopsis: 'replaces "ssh_private_ip" of the Amazon builders with "ssh_interface"',
    builder: ofType(AMAZON, sshInterface),
  },
  {
    name: "amazon-temp-sec-cidrs",
    synopsis: 'replaces "temporary_security_group_source_cidr" with the list "temporary_security_group_source_cidrs"',
    builder: ofType(AMAZON, sourceCidrs),
  },
  {
    name: "docker-email",
    synopsis: 'removes "login_email"',
    builder: remove("login_email"),
    postProcessor: remove("login_email"),
  },
  {
    name: "docker-tag-tags",
    synopsis: 'replaces "tag" of the docker-tag post-processor with the list "tags"',
    postProcessor: ofType(["docker-tag"], dockerTags),
  },
  {
    name: "powershell-escapes",
    synopsis: "removes escapes of PowerShell from the variables, user and password of the powershell provisioner",
    provisioner: ofType(["powershell"], powershellEscapes),
  },
  {
    name: "vmware-compaction",
    synopsis: 'sets "skip_compaction" of vmware-iso where the disk cannot be compacted',
    builder: ofType(["vmware-iso"], skipCompaction),
  },
  {
    name: "hyperv-deprecations",
    synopsis: 'removes "vhd_temp_path" of hyperv-iso',
    builder: ofType(["hyperv-iso"], remove("vhd_temp_path")),
  },
  {
    name: "hyperv-vmxc-typo",
    synopsis: 'renames "clone_from_vmxc_path" of hyperv-vmcx to "clone_from_vmcx_path"',
    builder: ofType(["hyperv-vmcx"], rename("clone_from_vmxc_path", "clone_from_vmcx_path")),
  },
  {
    name: "hyperv-cpu-and-ram",
    synopsis: 'renames "cpu" and "ram_size" of the Hyper-V builders to "cpus" and "memory"',
    builder: ofType(["hyperv-iso", "hyperv-vmcx"], all(rename("cpu", "cpus"), rename("ram_size", "memory"))),
  },
  {
    name: "clean-image-name",
    synopsis: 'replaces "clean_ami_name" and "clean_image_name" with "clean_resource_name"',
    builder: eachText((text) => text.replace(/clean_(image|ami)_name/g, "clean_resource_name")),
  },
  {
    name: "spot-price-auto-product",
    synopsis: 'removes "spot_price_auto_product" of the Amazon builders',
    builder: ofType(SPOT, remove("spot_price_auto_product")),
  },
  {
    name: "qemu-disk-size",
    synopsis: 'replaces the number "disk_size" of qemu with text that has a unit',
    builder: ofType(["qemu"], diskSize),
  },
  {
    name: "galaxy-command",
    synopsis: 'renames "galaxycommand" of the ansible-local provisioner to "galaxy_command"',
    provisioner: ofType(
      ["ansible-local"],
      rename("galaxycommand", "galaxy_command", { only: "string", keep: "always" }),
    ),
  },
  {
    name: "comm-config",
    synopsis: 'removes "ssh_" from the port forwarding options of the VirtualBox builders',
    builder: ofType(
      /^virtualbox/,
      all(
        rename("ssh_host_port_min", "host_port_min", { keep: true }),
        rename("ssh_host_port_max", "host_port_max", { keep: true }),
        rename("ssh_skip_nat_mapping", "skip_nat_mapping", { only: "boolean", keep: "always" }),
      ),
    ),
  },
  {
    name: "ssh-wait-timeout",
    synopsis: 'renames "ssh_wait_timeout" to "ssh_timeout"',
    builder: rename("ssh_wait_timeout", "ssh_timeout", { only: "string", keep: "always" }),
  },
  {
    name: "vsphere-iso-net-disk",
    synopsis: 'moves network and disk options of vsphere-iso into "network_adapters" and "storage"',
    builder: ofType(["vsphere-iso"], vsphereLists),
  },
  {
    name: "iso-checksum-type-and-url",
    synopsis: 'moves "iso_checksum_type" and "iso_checksum_url" into "iso_checksum"',
    builder: isoChecksum,
  },
  {
    name: "qemu-host-port",
    synopsis: 'renames "ssh_host_port_min" and "ssh_host_port_max" of qemu to "host_port_min" and "host_port_max"',
    builder: ofType(
      ["qemu"],
      all(rename("ssh_host_port_min", "host_port_min"), rename("ssh_host_port_max", "host_port_max")),
    ),
  },
  {
    name: "azure-exclude_from_latest",
    synopsis: 'renames "exlude_from_latest" of azure-chroot to "exclude_from_latest"',
    builder: ofType(/^azure-chroot/, excludeFromLatest),
  },
  {
    name: "proxmox-type",
    synopsis: "renames the builder proxmox to proxmox-iso",
    builder: retype("proxmox", "proxmox-iso"),
  },
];
