import { isIP } from "node:net";
import type { communicationFields } from "../../../communicators/options.js";
import { PLACEHOLDER } from "../../../options/context.js";
import type { Decode } from "../../../options/decoding.js";
import { choice, duration, flag, integer, list, object, text } from "../../../options/fields.js";
import type { Complaints } from "../../../options/schema.js";
import { serverOf } from "./server.js";
import { filterFields, plainFilter } from "./shared.js";

/** Network of the instance (Packer §3.1.3). None of these options changes the image. */
export const networkFields = {
  vpc_id: text({
    doc: "VPC of the instance. A VPC that is not the default one needs a subnet.",
    unfingerprinted: true,
  }),
  vpc_filter: plainFilter("Filter that finds the VPC. Exactly one must match."),
  subnet_id: text({ doc: "Subnet of the instance.", unfingerprinted: true }),
  subnet_filter: object(
    {
      ...filterFields,
      most_free: flag({ doc: "Use the subnet with the most free addresses if several match.", default: false }),
      random: flag({ doc: "Use a random subnet if several match.", default: false }),
    },
    {
      doc: "Filter that finds the subnet. Several matches are an error without `most_free` or `random`.",
      unfingerprinted: true,
    },
  ),
  security_group_id: text({
    doc: "Security group of the instance. Set this or `security_group_ids`.",
    unfingerprinted: true,
  }),
  security_group_ids: list(text({ doc: "Id." }), { doc: "Security groups of the instance.", unfingerprinted: true }),
  security_group_filter: plainFilter("Filter that finds security groups. All that match are used."),
  temporary_security_group_source_cidrs: list(text({ doc: "CIDR." }), {
    doc: "Addresses that may connect to the instance by SSH.",
    defaultDoc: "input `ssh-source-cidrs`, else the runner's public IP address",
    unfingerprinted: true,
  }),
  temporary_security_group_source_public_ip: flag({
    doc: "Allow only the runner's public IP address. This is the default, so the option has no effect.",
    default: false,
    unfingerprinted: true,
  }),
  ssh_interface: choice(
    ["public_ip", "private_ip", "public_dns", "private_dns", "ipv6", "session_manager", "instance_connect_endpoint"],
    {
      doc: "Address to connect to. `session_manager` connects through Session Manager, without an open port or a public address; `instance_connect_endpoint` through an EC2 Instance Connect Endpoint (not in Packer).",
      defaultDoc: "the public address if there is one, else the private one",
      unfingerprinted: true,
    },
  ),
  instance_connect_endpoint_id: text({
    doc: "EC2 Instance Connect Endpoint to connect through (not in Packer).",
    defaultDoc: "the one in the subnet, else one of the VPC",
    unfingerprinted: true,
  }),
  ssh_keypair: choice(["temporary", "instance-connect"], {
    doc: "How the instance gets the temporary key: `temporary` launches it with a key pair; `instance-connect` needs none, and sends the key with EC2 Instance Connect before each login (not in Packer).",
    default: "temporary",
    unfingerprinted: true,
  }),
  session_manager_port: integer({
    doc: "Local port of Packer's tunnel. No port is opened here, so the option has no effect.",
    default: 0,
    unfingerprinted: true,
  }),
  pause_before_ssm: duration({
    doc: "Time to wait before the first session of Session Manager.",
    default: 0,
    unfingerprinted: true,
  }),
};

/** The options of network, security group and key pair. */
export type NetworkOptions = Decode<typeof networkFields & typeof communicationFields>;

/** Checks network, security group and key pair (Packer §3.1.3, §3.1.5). */
export function checkNetwork(options: NetworkOptions, complaints: Complaints): void {
  if (options.security_group_id && options.security_group_ids.length > 0) {
    complaints.error("security_group_ids", 'Only one of "security_group_id" and "security_group_ids" can be specified');
  }
  options.temporary_security_group_source_cidrs.forEach((cidr, index) => {
    if (cidr !== PLACEHOLDER && !isCidr(cidr)) {
      complaints.error(
        `temporary_security_group_source_cidrs[${index}]`,
        `"temporary_security_group_source_cidrs" has an invalid CIDR block: "${cidr}"`,
        "Write a CIDR block such as 198.51.100.7/32 or 2001:db8::/64.",
      );
    }
  });
  if (
    options.ssh_keypair_name &&
    !options.ssh_private_key_file &&
    !options.ssh_agent_auth &&
    options.communicator === "ssh"
  ) {
    complaints.error(
      "ssh_keypair_name",
      '"ssh_keypair_name" needs the private key: "ssh_private_key_file" or "ssh_agent_auth"',
    );
  }
  checkSentKey(options, complaints);
  if (options.communicator === "winrm" && !options.winrm_password && options.temporary_key_pair_type === "ed25519") {
    complaints.error(
      "temporary_key_pair_type",
      '"temporary_key_pair_type" must be "rsa" with "communicator": "winrm"',
      'Remove it or set it to "rsa": EC2 encrypts the password of Windows with RSA, and refuses ed25519 keys for Windows images.',
    );
  }
  const bits = options.temporary_key_pair_bits;
  if (options.temporary_key_pair_type === "rsa" && bits !== undefined && bits !== 0 && (bits < 1024 || bits > 16384)) {
    complaints.error(
      "temporary_key_pair_bits",
      '"temporary_key_pair_bits" of an RSA key must be between 1024 and 16384',
    );
  }
}

/** Options for a login without the temporary key. */
const OWN_LOGINS = ["ssh_keypair_name", "ssh_private_key_file", "ssh_agent_auth", "ssh_password"] as const;

/** Sizes of the RSA keys that EC2 Instance Connect accepts. */
const SENT_BITS: readonly number[] = [2048, 4096];

/** Checks `ssh_keypair`: what the template sets must leave the temporary key to be used, of a kind that EC2 Instance Connect accepts. */
function checkSentKey(options: NetworkOptions, complaints: Complaints): void {
  if (options.ssh_keypair !== "instance-connect" || options.communicator !== "ssh") return;
  const own = OWN_LOGINS.find((name) => options[name]);
  if (own !== undefined) {
    complaints.error(
      "ssh_keypair",
      `"ssh_keypair": "instance-connect" cannot be combined with "${own}"`,
      `Remove "${own}" to log in with a temporary key, or remove "ssh_keypair".`,
    );
  }
  const bits = options.temporary_key_pair_bits;
  if (options.temporary_key_pair_type === "rsa" && bits && !SENT_BITS.includes(bits)) {
    complaints.error(
      "temporary_key_pair_bits",
      `EC2 Instance Connect accepts RSA keys with 2048 or 4096 bits, not ${bits}`,
      'Set "temporary_key_pair_bits" to 4096, or remove it.',
    );
  }
}

/** The options that a session of Session Manager depends on. */
type SessionOptions = NetworkOptions & {
  readonly iam_instance_profile: string | undefined;
  readonly temporary_iam_instance_profile_policy_document: object | undefined;
};

/** Ports that an EC2 Instance Connect Endpoint connects to. */
export const ENDPOINT_PORTS: readonly number[] = [22, 3389];

/** Checks what `ssh_interface` needs if it is `session_manager` (Packer refuses the same) or `instance_connect_endpoint`. */
export function checkTunnels(options: SessionOptions, complaints: Complaints): void {
  const { port, portOption, protocol } = serverOf(options);
  if (options.ssh_interface === "instance_connect_endpoint" && !ENDPOINT_PORTS.includes(port)) {
    complaints.error(
      portOption,
      `An EC2 Instance Connect Endpoint connects only to the ports 22 and 3389, not to ${port}`,
      protocol === "SSH"
        ? 'Let the SSH server listen on port 22, or set "ssh_interface" to "session_manager".'
        : 'Set "ssh_interface" to "session_manager", which connects to any port.',
    );
  }
  if (options.ssh_interface !== "session_manager") return;
  if (options.iam_instance_profile || options.temporary_iam_instance_profile_policy_document) return;
  complaints.error(
    "ssh_interface",
    '"ssh_interface": "session_manager" needs an instance profile',
    'Set "iam_instance_profile" to a profile whose role has the policy AmazonSSMManagedInstanceCore, or set "temporary_iam_instance_profile_policy_document".',
  );
}

/** Returns whether the text is an IPv4 or IPv6 address with a prefix length. */
function isCidr(text: string): boolean {
  const [address = "", prefix = "", ...rest] = text.split("/");
  const family = isIP(address);
  if (family === 0 || rest.length > 0 || !/^\d{1,3}$/.test(prefix)) return false;
  return Number(prefix) <= (family === 4 ? 32 : 128);
}
