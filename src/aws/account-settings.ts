import {
  GetEbsDefaultKmsKeyIdCommand,
  GetEbsEncryptionByDefaultCommand,
  GetImageBlockPublicAccessStateCommand,
  GetSnapshotBlockPublicAccessStateCommand,
} from "@aws-sdk/client-ec2";
import { AwsError } from "./client/errors.js";
import type { CallScope } from "./client/session.js";

/** The account's encryption of EBS volumes in a Region. */
export interface EbsEncryption {
  /** Whether new volumes and copied snapshots are encrypted without being asked to. */
  readonly byDefault: boolean;
  /** Whether the default key is the one that AWS manages (`alias/aws/ebs`), whose snapshots cannot be shared. */
  readonly isManagedKey: boolean;
}

/** Returns the encryption of a Region (EBS user guide, encryption by default); undefined if EC2 refuses the query. */
export function readEbsEncryption(scope: CallScope): Promise<EbsEncryption | undefined> {
  return unlessRefused(async () => {
    const ec2 = await scope.session.ec2(scope.region);
    const [enabled, key] = await Promise.all([
      ec2.send(new GetEbsEncryptionByDefaultCommand({}), scope.signal),
      ec2.send(new GetEbsDefaultKmsKeyIdCommand({}), scope.signal),
    ]);
    return {
      byDefault: enabled.EbsEncryptionByDefault === true,
      isManagedKey: /(^|:)alias\/aws\/ebs$/.test(key.KmsKeyId ?? ""),
    };
  });
}

/** Returns whether the account blocks public snapshots in a Region (EBS user guide, block public access); false if EC2 refuses the query. */
export async function arePublicSnapshotsBlocked(scope: CallScope): Promise<boolean> {
  const state = await unlessRefused(async () => {
    const ec2 = await scope.session.ec2(scope.region);
    return (await ec2.send(new GetSnapshotBlockPublicAccessStateCommand({}), scope.signal)).State;
  });
  return state === "block-all-sharing" || state === "block-new-sharing";
}

/** Returns whether the account blocks public images in a Region (EC2 user guide, block public access to AMIs); false if EC2 refuses the query. */
export async function arePublicImagesBlocked(scope: CallScope): Promise<boolean> {
  const state = await unlessRefused(async () => {
    const ec2 = await scope.session.ec2(scope.region);
    return (await ec2.send(new GetImageBlockPublicAccessStateCommand({}), scope.signal)).ImageBlockPublicAccessState;
  });
  return state === "block-new-sharing";
}

/** These checks only avoid a bake whose sharing fails later. Their own failure must not fail the bake. */
async function unlessRefused<T>(read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof AwsError) return undefined;
    throw error;
  }
}
