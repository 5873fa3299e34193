import type { RefusedKind } from "./kinds.js";

/** Builders of Amazon's plugin that are not built here, and what to do instead. */
const AMAZON: Readonly<Record<string, string>> = {
  "amazon-ebssurrogate": "Images from a second volume are not supported yet; amazon-ebs bakes from the root volume.",
  "amazon-ebsvolume": "Volumes without an image are not supported yet.",
  "amazon-chroot": "It needs to run on an EC2 instance as root; use amazon-ebs.",
  "amazon-instance": "Instance-store images are a thing of the past; use amazon-ebs.",
};

/** Builders of other vendors' plugins. */
const OTHER_BUILDERS =
  "alicloud-ecs azure-arm azure-chroot azure-dtl cloudstack digitalocean googlecompute googlecompute-export hcloud hyperone hyperv-iso hyperv-vmcx jdcloud linode lxc lxd ncloud oneandone openstack oracle-classic oracle-oci osc-bsu osc-bsusurrogate osc-bsuvolume osc-chroot parallels-iso parallels-pvm parallels-ipsw profitbricks proxmox proxmox-iso proxmox-clone qemu scaleway tencentcloud-cvm triton ucloud-uhost utm-iso vagrant virtualbox-iso virtualbox-ovf virtualbox-vm vmware-iso vmware-vmx vsphere-clone vsphere-iso vsphere-supervisor yandex arm arm-image nutanix tart-cli incus vultr upcloud exoscale-sfs kubevirt-iso sshkey";

/** Provisioners, with the reason. */
const PROVISIONERS: Readonly<Record<string, string>> = {
  powershell: "Windows machines (WinRM) are not supported yet.",
  "windows-shell": "Windows machines (WinRM) are not supported yet.",
  "windows-restart": "Windows machines (WinRM) are not supported yet.",
  "windows-update": "Windows machines (WinRM) are not supported yet.",
  "chef-client": "Use chef-solo, or run the client from a shell provisioner.",
  "puppet-server": "Use puppet-masterless, or run the agent from a shell provisioner.",
  "hcp-sbom": "It feeds HCP Packer; bake-ami writes an SBOM by itself (output sbom).",
  converge: "Converge is no longer maintained.",
  goss: "Run goss from a shell provisioner.",
  "ansible-navigator": "Use the ansible provisioner.",
  cnspec: "Run cnspec from a shell-local provisioner.",
  testinfra: "Run testinfra from a shell-local provisioner.",
  comment: "It only prints; use a shell-local provisioner.",
  serverspec: "Run serverspec from a shell provisioner.",
  itamae: "Run itamae from a shell provisioner.",
  "ansible-playbook": "Use the ansible provisioner.",
};

/** Post-processors, with the reason. */
const POST_PROCESSORS: Readonly<Record<string, string>> = {
  "amazon-import": "It imports disk files that only other vendors' builders make; bake the image with amazon-ebs.",
  vagrant: "Vagrant boxes are not made; an AMI is used by its id.",
  "vagrant-cloud": "Vagrant boxes are not made; an AMI is used by its id.",
  "vagrant-registry": "Vagrant boxes are not made; an AMI is used by its id.",
  atlas: "Atlas was shut down in 2018.",
  "json-updater": "Use the manifest, or the action's output ami-ids.",
  "googlecompute-export": "Google's images are not made here.",
  "googlecompute-import": "Google's images are not made here.",
  "digitalocean-import": "DigitalOcean's images are not made here.",
  "alicloud-import": "Alibaba's images are not made here.",
  "exoscale-import": "Exoscale's images are not made here.",
  "ucloud-import": "UCloud's images are not made here.",
  "yandex-export": "Yandex's images are not made here.",
  "yandex-import": "Yandex's images are not made here.",
  vsphere: "vSphere's images are not made here.",
  "vsphere-template": "vSphere's images are not made here.",
  "hcp-packer-registry": "HCP Packer is not written to.",
  provenance: "Attest the manifest with GitHub's artifact attestations instead.",
  "ami-copy": "Use ami_regions, or the input regions.",
  "packer-post-processor-json-updater": "Use the manifest, or the action's output ami-ids.",
};

/** Data sources of plugins, with the reason. */
const DATA_SOURCES =
  "azure-keyvaultsecret external external-raw git-commit git-repository git-tree googlecompute-image googlecompute-secretsmanager hcp-packer-artifact hcp-packer-image hcp-packer-iteration hcp-packer-version sshkey vsphere-virtualmachine";

const list = (part: RefusedKind["part"], reasons: Readonly<Record<string, string>>): RefusedKind[] =>
  Object.entries(reasons).map(([type, reason]) => ({ part, type, reason, makesImages: reasons === AMAZON }));

/** Types that are known by name and not built: a warning in `validate`, a refusal by name in `build`. */
export const refusedKinds: readonly RefusedKind[] = [
  ...list("builder", AMAZON),
  ...OTHER_BUILDERS.split(" ").map(
    (type): RefusedKind => ({
      part: "builder",
      type,
      reason: "bake-ami bakes AMIs and container images; keep this build in Packer.",
      makesImages: false,
    }),
  ),
  ...list("provisioner", PROVISIONERS),
  ...list("post-processor", POST_PROCESSORS),
  ...DATA_SOURCES.split(" ").map(
    (type): RefusedKind => ({
      part: "data-source",
      type,
      reason: "Fetch the value in an earlier step and give it as a variable.",
      makesImages: false,
    }),
  ),
];
