import { AwsError } from "../../aws/client/errors.js";
import { withRange } from "../../core/errors.js";
import type { BakeReading } from "./bake.js";
import type { AmazonEbsOptions } from "./options/schema.js";

/** A refusal of EC2 about the value of an option, by error code and message (EC2 API reference, "Client error codes"). */
interface Refusal {
  readonly code: RegExp;
  readonly message?: RegExp;
  /** The options that can have the value. */
  readonly options: readonly (keyof AmazonEbsOptions & string)[];
}

const REFUSALS: readonly Refusal[] = [
  { code: /^InvalidSubnetID\./, options: ["subnet_id"] },
  { code: /^InvalidVpcID\./i, options: ["vpc_id"] },
  { code: /^InvalidGroup(Id)?\./, options: ["security_group_id", "security_group_ids"] },
  { code: /^InvalidKeyPair\./, options: ["ssh_keypair_name"] },
  {
    code: /^(InvalidParameterValue|InvalidInstanceType)$/,
    message: /instance ?type/i,
    options: ["instance_type", "spot_instance_types"],
  },
  { code: /^InvalidParameterValue$/, message: /availability ?zone/i, options: ["availability_zone"] },
];

/** Awaits the bake. EC2's refusal of the value of an option that has no place yet is reported at the option. */
export async function atRefusedOption<T>({ options, context }: BakeReading, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    const { awsCode, message } = error;
    const refusal = REFUSALS.find((each) => each.code.test(awsCode) && (each.message?.test(message) ?? true));
    const option = refusal?.options.find((name) => isSet(options[name]));
    throw option === undefined ? error : withRange(error, context.place(option));
  }
}

function isSet(value: unknown): boolean {
  return Array.isArray(value) ? value.length > 0 : Boolean(value);
}
