import { checkAccess } from "../../../aws/client/options.js";
import { checkCommunication } from "../../../communicators/check.js";
import { PLACEHOLDER } from "../../../options/context.js";
import type { CheckContext, Complaints } from "../../../options/schema.js";
import { checkBlockDevices } from "./check-block-devices.js";
import { checkImage } from "./check-image.js";
import { checkNetwork } from "./check-network.js";
import type { AmazonEbsOptions } from "./schema.js";

/** Rules over several options (Packer §3.1), and the traps that Packer lets pass (appendix A). */
export function checkOptions(options: AmazonEbsOptions, complaints: Complaints, context: CheckContext): void {
  checkAccess(options, complaints);
  checkCommunication(options, complaints, context);
  checkSource(options, complaints);
  checkInstance(options, complaints);
  checkReservation(options, complaints);
  checkSpot(options, complaints);
  checkUserData(options, complaints, context);
  checkNetwork(options, complaints);
  checkImage(options, complaints);
  checkBlockDevices("launch_block_device_mappings", options.launch_block_device_mappings, complaints);
  checkBlockDevices("ami_block_device_mappings", options.ami_block_device_mappings, complaints);
}

function checkSource(options: AmazonEbsOptions, complaints: Complaints): void {
  const filter = options.source_ami_filter;
  const filtered = filter !== undefined && Object.keys(filter.filters).length + filter.filter.length > 0;
  if (!options.source_ami && !filtered) {
    complaints.error(
      filter ? "source_ami_filter" : "source_ami",
      "a source_ami or a source_ami_filter with filters is required",
      "Write source_ami_filter with filters, owners and most_recent: AMI ids differ from region to region and age.",
    );
  }
  if (!options.source_ami && filter && filter.owners.length === 0) {
    complaints.error(
      "source_ami_filter",
      "source_ami_filter needs owners: anyone may publish an image of any name",
      'Write the account id of the publisher, such as "099720109477" (Canonical), or "amazon", or "self".',
    );
  }
}

function checkInstance(options: AmazonEbsOptions, complaints: Complaints): void {
  const types = options.spot_instance_types.length > 0;
  if (!options.instance_type && !types) {
    complaints.error("instance_type", "an instance_type is required", 'Write one such as "instance_type": "t3.small".');
  }
  if (options.instance_type && types) {
    complaints.error("spot_instance_types", "only one of instance_type and spot_instance_types may be given");
  }
  const type = options.instance_type ?? "";
  const unlimited = options.enable_unlimited_credits || options.enable_t2_unlimited === true;
  if (unlimited && type !== PLACEHOLDER && !/^t(2|3|3a|4g)\./.test(type)) {
    complaints.error(
      "enable_unlimited_credits",
      `the instance type "${type}" has no CPU credits: only t2, t3, t3a and t4g do`,
    );
  }
  if (unlimited && type.startsWith("t2.") && isSpot(options)) {
    complaints.error("enable_unlimited_credits", "t2 spot instances cannot have unlimited credits");
  }
  if (options.enable_nitro_enclave && (isSpot(options) || type.startsWith("t"))) {
    complaints.error("enable_nitro_enclave", "Nitro Enclaves work neither on spot instances nor on t types");
  }
  if (options.temporary_iam_instance_profile_policy_document && options.iam_instance_profile) {
    complaints.warning(
      "temporary_iam_instance_profile_policy_document",
      "temporary_iam_instance_profile_policy_document is not used, as iam_instance_profile is given",
    );
  }
  checkMetadata(options, complaints);
}

function checkMetadata(options: AmazonEbsOptions, complaints: Complaints): void {
  const metadata = options.metadata_options;
  if (!metadata) return;
  const hops = metadata.http_put_response_hop_limit;
  if (hops < 1 || hops > 64) {
    complaints.error(
      "metadata_options.http_put_response_hop_limit",
      "http_put_response_hop_limit must be between 1 and 64",
    );
  }
  if (metadata.http_endpoint === "disabled" && metadata.instance_metadata_tags === "enabled") {
    complaints.error(
      "metadata_options.instance_metadata_tags",
      "tags cannot be read from a metadata service that is disabled",
    );
  }
}

function checkReservation(options: AmazonEbsOptions, complaints: Complaints): void {
  const given = (
    ["capacity_reservation_preference", "capacity_reservation_id", "capacity_reservation_group_arn"] as const
  ).filter((name) => options[name]);
  const [, second] = given;
  if (second) complaints.error(second, `only one of ${given.join(", ")} may be given`);
  const placement = options.placement;
  if (options.tenancy && placement?.tenancy) {
    complaints.error("tenancy", "only one of tenancy and placement.tenancy may be given");
  }
  const tenancy = placement?.tenancy ?? options.tenancy;
  if ((placement?.host_id || placement?.host_resource_group_arn) && tenancy && tenancy !== "host") {
    complaints.error("placement", 'host_id and host_resource_group_arn need the tenancy "host", or none');
  }
}

/** Whether the build asks for a spot instance. */
export function isSpot(options: Pick<AmazonEbsOptions, "spot_price">): boolean {
  return options.spot_price !== undefined && options.spot_price !== "" && options.spot_price !== "0";
}

function checkSpot(options: AmazonEbsOptions, complaints: Complaints): void {
  const minutes = options.block_duration_minutes;
  if (minutes && minutes % 60 !== 0)
    complaints.error("block_duration_minutes", "block_duration_minutes must be a multiple of 60");
  if (isSpot(options)) {
    for (const name of ["ena_support", "sriov_support"] as const) {
      if (options[name])
        complaints.error(name, `${name} needs a stop of the instance, and spot instances cannot be stopped`);
    }
    const price = options.spot_price ?? "";
    if (price !== "auto" && price !== PLACEHOLDER && !/^\d*\.?\d+$/.test(price)) {
      complaints.error("spot_price", `spot_price must be a price in dollars or "auto", not "${price}"`);
    }
    return;
  }
  if (options.spot_instance_types.length > 0) {
    complaints.error(
      "spot_instance_types",
      "spot_instance_types needs spot_price",
      'Write spot_price: "auto" to pay at most the on-demand price.',
    );
  }
  if (options.spot_tags.length + options.spot_tag.length > 0) {
    complaints.error("spot_tags", "spot_tags needs spot_price");
  }
}

function checkUserData(options: AmazonEbsOptions, complaints: Complaints, context: CheckContext): void {
  const file = options.user_data_file;
  if (options.user_data && file) {
    complaints.error("user_data_file", "only one of user_data and user_data_file may be given");
  } else if (file && file !== PLACEHOLDER && context.pathKind(file) === "missing") {
    const hint = "Relative paths start from the working directory, not from the template's folder.";
    complaints.error("user_data_file", `no such file or directory: '${file}'`, hint);
  }
}
