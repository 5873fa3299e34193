import { AwsError } from "../../../aws/client/errors.js";
import type { CallScope } from "../../../aws/client/session.js";
import { describeTypesOf } from "../../../aws/instance-types.js";
import { BakeError, messageOf } from "../../../core/errors.js";

/** EC2's message about an instance type and an image of two architectures: those of the type, and that of the image. */
const MISMATCH =
  /architecture '([\w, -]+)' of the specified instance type does not match the architecture '([\w-]+)' of the specified AMI/i;

/** Types that a hint names. */
const MOST = 4;

/** Types to name where they cannot be read, by architecture. */
const KNOWN: Readonly<Record<string, string>> = { arm64: "t4g.small", x86_64: "t3.small" };

/**
 * Returns the error of a launch. Where the instance type is of another architecture than the image, its hint has types of the image's
 * architecture and of the same size. They are read only then; the permission for that is not required.
 */
export async function explainMismatch(scope: CallScope, instanceType: string, error: unknown): Promise<unknown> {
  const [, ofType, ofImage] = (error instanceof AwsError && MISMATCH.exec(error.awsMessage)) || [];
  if (!(error instanceof AwsError) || ofType === undefined || ofImage === undefined) return error;
  const [family = "", size = ""] = instanceType.split(".");
  const found = await describeTypesOf(scope, ofImage, size).catch(() => []);
  const alike = (name: string) => (name[0] === family[0] ? 0 : 1);
  const types = [...found].sort((a, b) => alike(a) - alike(b)).slice(0, MOST);
  const known = types.length > 0 ? types : [KNOWN[ofImage] ?? []].flat();
  const examples = known.map((name) => `"${name}"`).join(", ");
  return new BakeError(messageOf(error), {
    code: "architecture-mismatch",
    region: scope.region,
    hint:
      `Set "instance_type" to a type for ${ofImage}${examples && `, for example ${examples}`}, or set a source AMI for ` +
      `${ofType.replaceAll(",", " or ")}.`,
    cause: error,
  });
}
