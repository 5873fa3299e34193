import type { ReleaseHandler } from "./handler.js";
import { imageRelease } from "./image.js";
import { instanceRelease } from "./instance.js";
import { keyPairRelease } from "./key-pair.js";
import { launchTemplateRelease } from "./launch-template.js";
import { securityGroupRelease } from "./security-group.js";
import { snapshotRelease } from "./snapshot.js";
import { volumeRelease } from "./volume.js";

/** How each kind of resource that EC2 keeps is found again and removed. */
export const ec2Releases = {
  instance: instanceRelease,
  "key-pair": keyPairRelease,
  "security-group": securityGroupRelease,
  volume: volumeRelease,
  image: imageRelease,
  snapshot: snapshotRelease,
  "launch-template": launchTemplateRelease,
} as const satisfies Readonly<Record<string, ReleaseHandler>>;
