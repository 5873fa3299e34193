import type { IamPolicy } from "../iam/policies/document.js";

/** Temporary credentials that the local cloud gave out. */
export interface StsSession {
  readonly accessKeyId: string;
  /** ARN of the assumed role's session. */
  readonly arn: string;
  readonly userId: string;
  /** Name of the role. */
  readonly role: string;
  /** The policy that the session was opened with. */
  readonly policy: IamPolicy | undefined;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}
