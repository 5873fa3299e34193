import { AwsError } from "../../aws/client/errors.js";
import { withRange } from "../../core/errors.js";
import type { BakeReading } from "./bake.js";
import type { AmazonEbsOptions } from "./options/schema.js";

/** A refusal of EC2 about the value of an option, by error code and message (EC2 API reference, "Client error codes"). */
interface Refusal {
  readonly code: RegExp;
  readonly message?: RegExp;
  readonly operation?: string;
  /** The options that can have the value. */
  readonly options: readonly (keyof AmazonEbsOptions & string)[];
}

const REFUSALS: readonly Refusal[] = [
  { code: /^InvalidSubnetID\./, options: ["subnet_id"] },
  { code: /^InvalidVpcID\./i, options: ["vpc_id"] },
  { code: /^InvalidGroup(Id)?\./, options: ["security_group_id", "security_group_ids"] },
  { code: /^InvalidKeyPair\.Duplicate$/, options: ["temporary_key_pair_name"] },
  { code: /^InvalidKeyPair\./, options: ["ssh_keypair_name"] },
  {
    code: /^(InvalidParameterValue|InvalidInstanceType)$/,
    message: /instance ?type/i,
    options: ["instance_type", "spot_instance_types"],
  },
  { code: /^InvalidParameterValue$/, message: /availability ?zone/i, options: ["availability_zone"] },
  { code: /^InvalidParameterValue$/, message: /instance ?profile/i, options: ["iam_instance_profile"] },
  { code: /^(UnauthorizedOperation|AccessDenied)/, message: /\biam:PassRole\b/, options: ["iam_instance_profile"] },
  { code: /^InvalidSnapshot\./, operation: "RunInstances", options: ["launch_block_device_mappings"] },
  { code: /^InvalidBlockDeviceMapping$/, operation: "RunInstances", options: ["launch_block_device_mappings"] },
  {
    code: /^InvalidCapacityReservation/,
    options: ["capacity_reservation_id", "capacity_reservation_group_arn"],
  },
  {
    code: /^TagPolicy/,
    operation: "RunInstances",
    options: ["run_tags", "run_tag", "run_volume_tags", "run_volume_tag"],
  },
];

/** Awaits the bake. EC2's refusal of the value of an option that has no place yet is reported at the option. */
export async function atRefusedOption<T>({ options, context }: BakeReading, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    const option = optionOfRefusal(options, error);
    throw option === undefined ? error : withRange(error, context.place(option));
  }
}

/** Returns the option whose value EC2 refuses; undefined if the error is not about the value of an option that is set. */
export function optionOfRefusal(
  options: AmazonEbsOptions,
  { awsCode, message, operation }: AwsError,
): (keyof AmazonEbsOptions & string) | undefined {
  const refusal = REFUSALS.find(
    (each) =>
      each.code.test(awsCode) &&
      (each.message?.test(message) ?? true) &&
      (each.operation === undefined || each.operation === operation),
  );
  return refusal?.options.find((name) => isSet(options[name]));
}

function isSet(value: unknown): boolean {
  return Array.isArray(value) ? value.length > 0 : Boolean(value);
}
