import { AwsError } from "../../../aws/client/errors.js";
import { BakeError, messageOf } from "../../../core/errors.js";
import type { ImageTestReport } from "../../../core/image-tests.js";
import { TAG } from "../../../core/ownership.js";
import { plainLine } from "../../../core/plain.js";
import { setting } from "../../../core/setting.js";
import type { Bake } from "../bake.js";
import type { PlannedBake } from "../plan.js";

/** The failed tests that an error names, and the characters of each message. */
const NAMED = 5;
const MESSAGE = 200;

/** EC2's refusals to launch an image whose system does not fit the type: drivers (ENA, NVMe), the way to boot, virtualization. */
const DOES_NOT_FIT = /\b(ENA|NVMe)\b|enhanced networking|boot mode|virtualization type/i;

/** EC2's reason for an instance whose system shut down by itself. */
const SHUT_DOWN = /instance initiated shutdown/i;

/**
 * Returns why the image is at fault that an instance of it was not launched, or did not get to run; undefined if it is not, or not certainly: no
 * capacity, a denial, a wrong setting. An image is removed for this, so the refusals are listed.
 */
export function launchFault(error: unknown): string | undefined {
  if (error instanceof AwsError)
    return error.operation === "RunInstances" && DOES_NOT_FIT.test(error.awsMessage) ? messageOf(error) : undefined;
  return error instanceof BakeError && isEndedByItself(messageOf(error)) ? messageOf(error) : undefined;
}

/** Returns whether EC2 gives as the reason of a state that the system of the instance shut down. */
export function isEndedByItself(reason: string): boolean {
  return SHUT_DOWN.test(reason);
}

/** Codes of failed connections that the image can be the cause of. */
const OF_THE_IMAGE =
  /^(?:ssh-(?:timeout|authentication-failed|no-common-algorithm|disconnected|wrong-user|host-key-.*)|ssm-agent-missing|winrm-.*|no-windows-password|windows-password-not-decrypted|image-test-timeout)$/;

/**
 * Returns why the image is at fault that a login failed; undefined if it is not: a call of AWS failed, an address or a key of the template
 * cannot be used.
 */
export function loginFault(error: unknown): string | undefined {
  return error instanceof BakeError && !(error instanceof AwsError) && OF_THE_IMAGE.test(error.code)
    ? messageOf(error)
    : undefined;
}

/** Returns the error of a test that could not be run. The image stays, and another run tests it. */
export function notTested(imageId: string, region: string, error: unknown): BakeError {
  const { hint, detail, range } = error instanceof BakeError ? error : {};
  return new BakeError(`AMI ${imageId} was not tested: ${messageOf(error)}`, {
    code: "image-not-tested",
    resource: imageId,
    region,
    range,
    detail,
    hint: [aboutTests(hint), "Nothing was published. Run the bake again: it resumes from the AMI and tests it."]
      .filter(Boolean)
      .join(" "),
    cause: error,
  });
}

/** Returns a hint about the instance type of the build as one about those of the tests. */
function aboutTests(hint: string | undefined): string | undefined {
  return hint?.replace('"instance_type"', `${setting("test-instance-types")}`);
}

/** Returns the error of a bake whose tests failed. It names the failed tests. */
export function testsFailed(bake: Bake, plan: PlannedBake, report: ImageTestReport): BakeError {
  const { narrator, tests } = bake.context;
  const all = report.instances.flatMap(({ instanceType, results }) =>
    results.map((each) => ({ instanceType, ...each })),
  );
  const failed = all.filter(({ outcome }) => outcome === "failed");
  const clean = (text: string) => plainLine(narrator.secrets.redact(text));
  const nameOf = ({ name, instanceType }: (typeof all)[number]) =>
    report.instances.length > 1 ? `"${clean(name)}" on ${instanceType}` : `"${clean(name)}"`;
  const named = failed.slice(0, NAMED).map(nameOf).join(", ");
  const more = failed.length > NAMED ? ` and ${failed.length - NAMED} more` : "";
  const lines = failed
    .slice(0, NAMED)
    .flatMap((each) => (each.message ? [`${nameOf(each)}: ${clean(each.message).slice(0, MESSAGE)}`] : []));
  return new BakeError(
    `${failed.length} of ${all.length} ${all.length === 1 ? "test" : "tests"} of AMI ${report.imageId} failed: ${named}${more}`,
    {
      code: "image-tests-failed",
      resource: report.imageId,
      region: report.region,
      detail: lines.join("\n") || undefined,
      hint: hintOf(plan, tests?.settings.onFailure === "keep"),
    },
  );
}

function hintOf(plan: PlannedBake, isKept: boolean): string {
  const repair = "Nothing was published. Fix the image or its tests, then run the bake again.";
  if (plan.start.existing?.kind === "reused")
    return `${repair} The AMI of the earlier run stays, with the tag "${TAG.testFailed}", and is not reused with these tests.`;
  return isKept
    ? `${repair} The AMI stays, with the tag "${TAG.testFailed}": deregister it when you no longer need it.`
    : `${repair} The AMI and its copies are removed. To keep them for inspection, set ${setting("on-test-failure")} to "keep".`;
}
