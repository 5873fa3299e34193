import { readAllowedImages } from "../../../../aws/allowed-images.js";
import { AwsError } from "../../../../aws/client/errors.js";
import type { CallScope } from "../../../../aws/client/session.js";
import type { FoundImage } from "../../../../aws/image.js";
import type { Diagnostic } from "../../../../core/diagnostics.js";
import type { BakeReading } from "../../bake.js";

const sourceOption = ({ options }: BakeReading) => (options.source_ami ? "source_ami" : "source_ami_filter");

/** Returns a warning about a source AMI that Allowed AMIs in audit mode marks as not allowed. */
export function auditedSource(bake: BakeReading, source: FoundImage | undefined): readonly Diagnostic[] {
  if (source?.isAllowed !== false) return [];
  return [
    {
      severity: "warning",
      code: "source-ami-not-allowed",
      summary: `The Allowed AMIs settings in ${bake.session.region} do not include the source AMI ${source.id} (owner ${source.owner}). They are in audit mode, so it can still be launched`,
      hint: 'Add its owner to the criteria in "Allowed AMIs" of the EC2 console before the settings are enabled, or set another source AMI.',
      range: bake.context.place(sourceOption(bake)),
    },
  ];
}

/** Returns why a source AMI may not be found: Allowed AMIs hides images. Undefined where the settings do not, or cannot be read. */
export async function hiddenSource(bake: BakeReading, scope: CallScope): Promise<Diagnostic | undefined> {
  try {
    const { state, managedBy } = await readAllowedImages(scope);
    if (state !== "enabled") return undefined;
    const by = managedBy === "declarative-policy" ? "a declarative policy of the organization" : "the account";
    return {
      severity: "warning",
      code: "allowed-images-enabled",
      summary: `Allowed AMIs is enabled in ${scope.region} (managed by ${by}): EC2 hides images of other owners that its criteria do not include`,
      hint:
        managedBy === "declarative-policy"
          ? "Ask the administrators of the organization to add the owner of the source AMI to the criteria."
          : 'Add the owner of the source AMI to the criteria in "Allowed AMIs" of the EC2 console, or set another source AMI.',
      range: bake.context.place(sourceOption(bake)),
    };
  } catch (error) {
    if (error instanceof AwsError) return undefined;
    throw error;
  }
}
