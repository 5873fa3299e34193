import { isIP } from "node:net";
import type { communicationFields } from "../../../communicators/options.js";
import { PLACEHOLDER } from "../../../options/context.js";
import type { Decode } from "../../../options/decoding.js";
import { choice, duration, flag, integer, list, object, text } from "../../../options/fields.js";
import type { Complaints } from "../../../options/schema.js";
import { filterFields, plainFilter } from "./shared.js";

/** Where the instance is launched and who reaches it (Packer §3.1.3). None of it shapes the image. */
export const networkFields = {
  vpc_id: text({ doc: "VPC of the instance; one that is not the default needs a subnet.", unfingerprinted: true }),
  vpc_filter: plainFilter("Finds the VPC; exactly one must match."),
  subnet_id: text({ doc: "Subnet of the instance.", unfingerprinted: true }),
  subnet_filter: object(
    {
      ...filterFields,
      most_free: flag({ doc: "Of several, the one with the most free addresses.", default: false }),
      random: flag({ doc: "Of several, any.", default: false }),
    },
    { doc: "Finds the subnet; several are an error without `most_free` or `random`.", unfingerprinted: true },
  ),
  security_group_id: text({
    doc: "Security group of the instance; one of this and `security_group_ids`.",
    unfingerprinted: true,
  }),
  security_group_ids: list(text({ doc: "Id." }), { doc: "Security groups of the instance.", unfingerprinted: true }),
  security_group_filter: plainFilter("Finds security groups; all that match are used."),
  temporary_security_group_source_cidrs: list(text({ doc: "CIDR." }), {
    doc: "Addresses that may reach the instance by SSH.",
    defaultDoc: "input `ssh-source-cidrs`, else the caller's own address",
    unfingerprinted: true,
  }),
  temporary_security_group_source_public_ip: flag({
    doc: "Let only the caller's own address reach the instance: the default here, so it does nothing more.",
    default: false,
    unfingerprinted: true,
  }),
  ssh_interface: choice(["public_ip", "private_ip", "public_dns", "private_dns", "ipv6", "session_manager"], {
    doc: "Which address is connected to; `session_manager` is not supported yet.",
    defaultDoc: "the public address where there is one, else the private one",
    unfingerprinted: true,
  }),
  session_manager_port: integer({
    doc: "Local port of the Session Manager tunnel.",
    unsupported: "Session Manager is not supported yet; connect by SSH.",
    unfingerprinted: true,
  }),
  pause_before_ssm: duration({
    doc: "Wait before the Session Manager tunnel.",
    unsupported: "Session Manager is not supported yet; connect by SSH.",
    unfingerprinted: true,
  }),
};

/** The options of network, security group and key pair. */
export type NetworkOptions = Decode<typeof networkFields & typeof communicationFields>;

/** Rules over network, security group and key pair (Packer §3.1.3, §3.1.5). */
export function checkNetwork(options: NetworkOptions, complaints: Complaints): void {
  if (options.security_group_id && options.security_group_ids.length > 0) {
    complaints.error("security_group_ids", "only one of security_group_id and security_group_ids may be given");
  }
  options.temporary_security_group_source_cidrs.forEach((cidr, index) => {
    if (cidr !== PLACEHOLDER && !isCidr(cidr)) {
      complaints.error(
        `temporary_security_group_source_cidrs[${index}]`,
        `"${cidr}" is not a CIDR block`,
        "Write it as 198.51.100.7/32 or 2001:db8::/64.",
      );
    }
  });
  if (options.ssh_interface === "session_manager") {
    complaints.warning(
      "ssh_interface",
      '"session_manager" is known but not supported yet; a build refuses it',
      "Run inside the VPC and use ssh_interface: private_ip.",
    );
  }
  if (
    options.ssh_keypair_name &&
    !options.ssh_private_key_file &&
    !options.ssh_agent_auth &&
    options.communicator === "ssh"
  ) {
    complaints.error(
      "ssh_keypair_name",
      "ssh_keypair_name needs the private key: ssh_private_key_file or ssh_agent_auth",
    );
  }
  const bits = options.temporary_key_pair_bits;
  if (options.temporary_key_pair_type === "rsa" && bits !== undefined && bits !== 0 && (bits < 1024 || bits > 16384)) {
    complaints.error("temporary_key_pair_bits", "an RSA key has between 1024 and 16384 bits");
  }
}

/** An address of either family with a prefix length. */
function isCidr(text: string): boolean {
  const [address = "", prefix = "", ...rest] = text.split("/");
  const family = isIP(address);
  if (family === 0 || rest.length > 0 || !/^\d{1,3}$/.test(prefix)) return false;
  return Number(prefix) <= (family === 4 ? 32 : 128);
}
