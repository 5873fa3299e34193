import type { RefusedKind } from "./kinds.js";

/** Unsupported builders of Amazon's plugin, and what to do instead. */
const AMAZON: Readonly<Record<string, string>> = {
  "amazon-ebssurrogate":
    "Use amazon-ebs, which creates the image from the root volume. Images of a second volume are not supported yet.",
  "amazon-ebsvolume": "Keep this build in Packer. EBS volumes without an image are not supported yet.",
  "amazon-chroot": "Use amazon-ebs. amazon-chroot must run as root on an EC2 instance.",
  "amazon-instance": "Use amazon-ebs. Instance-store images are obsolete.",
};

/** Builders of other vendors' plugins. */
const OTHER_BUILDERS =
  "alicloud-ecs azure-arm azure-chroot azure-dtl cloudstack digitalocean googlecompute googlecompute-export hcloud hyperone hyperv-iso hyperv-vmcx jdcloud linode lxc lxd ncloud oneandone openstack oracle-classic oracle-oci osc-bsu osc-bsusurrogate osc-bsuvolume osc-chroot parallels-iso parallels-pvm parallels-ipsw profitbricks proxmox proxmox-iso proxmox-clone qemu scaleway tencentcloud-cvm triton ucloud-uhost utm-iso vagrant virtualbox-iso virtualbox-ovf virtualbox-vm vmware-iso vmware-vmx vsphere-clone vsphere-iso vsphere-supervisor yandex arm arm-image nutanix tart-cli incus vultr upcloud exoscale-sfs kubevirt-iso sshkey";

/** Provisioners, with the reason. */
const PROVISIONERS: Readonly<Record<string, string>> = {
  "chef-client": "Use chef-solo, or run the client from a shell provisioner.",
  "puppet-server": "Use puppet-masterless, or run the agent from a shell provisioner.",
  "hcp-sbom": 'Use the output "sbom" of bake-ami. HCP Packer is not supported.',
  converge: "Use another provisioner. Converge is no longer maintained.",
  goss: "Run goss from a shell provisioner.",
  "ansible-navigator": "Use the ansible provisioner.",
  cnspec: "Run cnspec from a shell-local provisioner.",
  testinfra: "Run testinfra from a shell-local provisioner.",
  comment: "Print the text with a shell-local provisioner.",
  serverspec: "Run serverspec from a shell provisioner.",
  itamae: "Run itamae from a shell provisioner.",
  "ansible-playbook": "Use the ansible provisioner.",
};

/** Post-processors, with the reason. */
const POST_PROCESSORS: Readonly<Record<string, string>> = {
  "amazon-import":
    "Create the image with amazon-ebs. amazon-import needs disk files, which only other vendors' builders create.",
  vagrant: "Remove it, and use the AMI by its ID. Vagrant boxes are not supported.",
  "vagrant-cloud": "Remove it, and use the AMI by its ID. Vagrant boxes are not supported.",
  "vagrant-registry": "Remove it, and use the AMI by its ID. Vagrant boxes are not supported.",
  atlas: "Remove it. Atlas was shut down in 2018.",
  "json-updater": 'Use the manifest post-processor, or the action\'s output "ami-ids".',
  "googlecompute-export": "Keep this build in Packer. Google Cloud images are not supported.",
  "googlecompute-import": "Keep this build in Packer. Google Cloud images are not supported.",
  "digitalocean-import": "Keep this build in Packer. DigitalOcean images are not supported.",
  "alicloud-import": "Keep this build in Packer. Alibaba Cloud images are not supported.",
  "exoscale-import": "Keep this build in Packer. Exoscale images are not supported.",
  "ucloud-import": "Keep this build in Packer. UCloud images are not supported.",
  "yandex-export": "Keep this build in Packer. Yandex Cloud images are not supported.",
  "yandex-import": "Keep this build in Packer. Yandex Cloud images are not supported.",
  vsphere: "Keep this build in Packer. vSphere images are not supported.",
  "vsphere-template": "Keep this build in Packer. vSphere images are not supported.",
  "hcp-packer-registry": "Remove it. HCP Packer is not supported.",
  provenance: "Attest the manifest with GitHub's artifact attestations instead.",
  "ami-copy": 'Use ami_regions, or the input "regions".',
  "packer-post-processor-json-updater": 'Use the manifest post-processor, or the action\'s output "ami-ids".',
};

/** Data sources of plugins, with the reason. */
const DATA_SOURCES =
  "azure-keyvaultsecret external external-raw git-commit git-repository git-tree googlecompute-image googlecompute-secretsmanager hcp-packer-artifact hcp-packer-image hcp-packer-iteration hcp-packer-version sshkey vsphere-virtualmachine";

const list = (part: RefusedKind["part"], reasons: Readonly<Record<string, string>>): RefusedKind[] =>
  Object.entries(reasons).map(([type, reason]) => ({ part, type, reason, makesImages: reasons === AMAZON }));

/** Known but unsupported types: a warning in `validate`, an error in `build`. */
export const refusedKinds: readonly RefusedKind[] = [
  ...list("builder", AMAZON),
  ...OTHER_BUILDERS.split(" ").map(
    (type): RefusedKind => ({
      part: "builder",
      type,
      reason: "Keep this build in Packer. bake-ami creates AMIs and container images.",
      makesImages: false,
    }),
  ),
  ...list("provisioner", PROVISIONERS),
  ...list("post-processor", POST_PROCESSORS),
  ...DATA_SOURCES.split(" ").map(
    (type): RefusedKind => ({
      part: "data-source",
      type,
      reason: "Fetch the value in an earlier step and pass it as a variable.",
      makesImages: false,
    }),
  ),
];
