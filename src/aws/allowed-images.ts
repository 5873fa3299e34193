import { GetAllowedImagesSettingsCommand } from "@aws-sdk/client-ec2";
import type { CallScope } from "./client/session.js";

/** The Allowed AMIs settings of an account in a Region (EC2 User Guide, "Allowed AMIs"). */
export interface AllowedImages {
  /** `enabled` hides and refuses other images; `audit-mode` only marks them. */
  readonly state: string;
  /** `account` or `declarative-policy`. */
  readonly managedBy: string;
}

/** Returns the settings (EC2 GetAllowedImagesSettings). Rejects with an `AwsError`. */
export async function readAllowedImages(scope: CallScope): Promise<AllowedImages> {
  const ec2 = await scope.session.ec2(scope.region);
  const found = await ec2.send(new GetAllowedImagesSettingsCommand({}), scope.signal);
  return { state: found.State ?? "disabled", managedBy: found.ManagedBy ?? "account" };
}
