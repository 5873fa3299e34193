import { choice, duration, flag, integer, list, object, text } from "../../../options/fields.js";
import { filterFields, plainFilter } from "./shared.js";

/** Where the instance stands and who reaches it (Packer §3.1.3). None of it shapes the image. */
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
