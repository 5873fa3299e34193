import { isIP } from "node:net";
import { PLACEHOLDER } from "../../../options/context.js";
import type { Complaints } from "../../../options/schema.js";
import type { AmazonEbsOptions } from "./schema.js";

/** Rules over network, security group and key pair (Packer §3.1.3, §3.1.5). */
export function checkNetwork(options: AmazonEbsOptions, complaints: Complaints): void {
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
