import { DeleteVolumeCommand, DescribeVolumesCommand, type Filter } from "@aws-sdk/client-ec2";
import { failedAs } from "./errors.js";
import type { CallScope } from "./scope.js";
import { type Tags, tagRecord } from "./tags.js";

/** A volume as the engine reads it. */
export interface FoundVolume {
  readonly id: string;
  readonly state: string;
  readonly tags: Tags;
}

/** Volumes by filters; all pages. */
export async function volumes(scope: CallScope, filters: readonly Filter[]): Promise<readonly FoundVolume[]> {
  const ec2 = await scope.session.ec2(scope.region);
  const found: FoundVolume[] = [];
  let next: string | undefined;
  do {
    const input = { Filters: [...filters], ...(next ? { NextToken: next } : {}) };
    const answer = await ec2.send(new DescribeVolumesCommand(input), scope.signal);
    for (const volume of answer.Volumes ?? []) {
      found.push({ id: volume.VolumeId ?? "", state: volume.State ?? "", tags: tagRecord(volume.Tags) });
    }
    next = answer.NextToken;
  } while (next);
  return found;
}

/** Deletes a volume; one that is gone is fine. */
export async function deleteVolume(scope: CallScope, id: string): Promise<void> {
  const ec2 = await scope.session.ec2(scope.region);
  try {
    await ec2.send(new DeleteVolumeCommand({ VolumeId: id }), scope.signal);
  } catch (error) {
    if (!failedAs(error, "not-found")) throw error;
  }
}
