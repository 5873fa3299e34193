import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { SOURCE } from "../../builders/amazon-ebs/bake.js";
import { ACCOUNT, exampleAt, HOME, type ProofCase } from "./proof.js";

/** The examples with amazon-ebs builds, but those for Windows. */
const EXAMPLES = [
  "ansible/ansible.json",
  "ansible-remote/ansible-remote.json",
  "base-and-node/base-and-node.json",
  "first/first-example.json",
  "mesos/ubuntu-14.04-mesos.json",
  "mesos-hcl2/mesos.pkr.hcl",
  "private-subnet/private-subnet.pkr.hcl",
  "provisioners/provisioners.json",
];

const KEY = (region: string) => `arn:aws:kms:${region}:${ACCOUNT}:key/0123abcd-0123-abcd-0123-0123456789ab`;
const HALF_A_YEAR = 180 * 24 * 3_600_000;
const REGIONS = ["us-east-1", "eu-west-1"];

interface Inline {
  readonly builder: object;
  readonly flags?: readonly string[];
  readonly earlierBakes?: number;
  readonly seed?: ProofCase["seed"];
}

/** Templates for what no example does. */
const INLINE: Readonly<Record<string, Inline>> = {
  "copies with KMS keys": {
    builder: {
      ami_regions: REGIONS,
      encrypt_boot: true,
      kms_key_id: KEY("us-east-1"),
      region_kms_key_ids: Object.fromEntries(REGIONS.map((region) => [region, KEY(region)])),
    },
    seed: { regions: Object.fromEntries(REGIONS.map((region) => [region, { kmsKeys: [KEY(region)] }])) },
  },
  "a shared image": {
    builder: {
      ami_regions: ["eu-west-1"],
      ami_users: ["210987654321"],
      ami_groups: ["all"],
      snapshot_users: ["210987654321"],
      snapshot_groups: ["all"],
      deprecate_at: new Date(Date.now() + HALF_A_YEAR).toISOString().replace(/\.\d+/, ""),
      deregistration_protection: { enabled: true },
      ena_support: true,
      imds_support: "v2.0",
    },
  },
  "an image that replaces another one": {
    builder: { ami_name: "web", force_deregister: true, force_delete_snapshot: true },
    earlierBakes: 1,
  },
  "parameters, packages and retention": {
    builder: { ami_regions: ["eu-west-1"], tags: { Name: "web" } },
    flags: ["-ssm-parameter=/images/{image}/latest", "-packages=compare", "-keep=1"],
    earlierBakes: 1,
  },
  "an instance profile and keys of EC2 Instance Connect": {
    builder: { iam_instance_profile: "web", ssh_keypair: "instance-connect" },
  },
  "a tested image": { builder: { iam_instance_profile: "web" }, flags: ["-boot-test"] },
  "a spot instance": { builder: { spot_price: "auto" } },
};

/** The names of all cases. */
export const CASE_NAMES = [...EXAMPLES, ...Object.keys(INLINE)];

/** Returns all cases by their names. */
export function proofCases(folder: string, sshPort: number): ReadonlyMap<string, ProofCase> {
  const none = { flags: [], seed: {}, earlierBakes: 0, region: HOME };
  const examples = EXAMPLES.map(
    (path) => [path, { ...none, template: exampleAt(folder, `examples/${path}`, sshPort) }] as const,
  );
  const inline = Object.entries(INLINE).map(([name, { builder, ...more }]) => {
    const template = join(folder, `${name.replaceAll(" ", "-")}.json`);
    const basic = { type: "amazon-ebs", region: "us-east-1", instance_type: "t3.micro", ami_name: "web {{uuid}}" };
    const whole = { ...basic, ...SOURCE, ssh_username: "ubuntu", ssh_port: sshPort, ...builder };
    writeFileSync(template, JSON.stringify({ builders: [whole] }));
    return [name, { ...none, ...more, template }] as const;
  });
  return new Map([...examples, ...inline]);
}
