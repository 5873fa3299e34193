/** Temporary credentials that the local cloud gave out. */
export interface StsSession {
  readonly accessKeyId: string;
  /** ARN of the assumed role's session. */
  readonly arn: string;
  readonly userId: string;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}
