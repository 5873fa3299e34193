import { autoScalingActions } from "./auto-scaling.js";
import type { Actions } from "./call.js";
import { imageCopyActions } from "./copy-image.js";
import { imageListActions } from "./describe-images.js";
import { instanceListActions } from "./describe-instances.js";
import { fleetActions } from "./fleets.js";
import { imageAttributeActions } from "./image-attributes.js";
import { imageLifeActions } from "./image-life.js";
import { imageReferenceActions } from "./image-references.js";
import { instanceAttributeActions } from "./instance-attributes.js";
import { instancePowerActions } from "./instance-power.js";
import { instanceProfileActions } from "./instance-profiles.js";
import { instanceTypeActions } from "./instance-types.js";
import { keyPairActions } from "./key-pairs.js";
import { launchActions } from "./launch.js";
import { launchTemplateActions } from "./launch-templates.js";
import { imageMakingActions } from "./make-images.js";
import { networkInterfaceActions } from "./network-interfaces.js";
import { networkActions } from "./networks.js";
import { parameterReadActions } from "./parameter-reads.js";
import { parameterWriteActions } from "./parameter-writes.js";
import { regionActions } from "./regions.js";
import { roleActions } from "./roles.js";
import { secretActions } from "./secrets.js";
import { securityGroupActions } from "./security-groups.js";
import { sessionActions } from "./sessions.js";
import { snapshotActions } from "./snapshots.js";
import { tagActions } from "./tags.js";
import { volumeActions } from "./volumes.js";

/** How a service is spoken to. */
export type Protocol = "ec2" | "query" | "json";

export interface Service {
  /** As the scope of a signature names it. */
  readonly name: string;
  readonly protocol: Protocol;
  /** Namespace of its XML answers; empty for JSON. */
  readonly namespace: string;
  readonly actions: Actions;
}

/** All services of the local cloud. */
export const SERVICES: readonly Service[] = [
  {
    name: "ec2",
    protocol: "ec2",
    namespace: "http://ec2.amazonaws.com/doc/2016-11-15/",
    actions: {
      ...imageListActions,
      ...imageMakingActions,
      ...imageCopyActions,
      ...imageAttributeActions,
      ...imageLifeActions,
      ...imageReferenceActions,
      ...snapshotActions,
      ...volumeActions,
      ...launchActions,
      ...instanceListActions,
      ...instancePowerActions,
      ...instanceAttributeActions,
      ...instanceTypeActions,
      ...fleetActions,
      ...launchTemplateActions,
      ...keyPairActions,
      ...securityGroupActions,
      ...networkActions,
      ...networkInterfaceActions,
      ...regionActions,
      ...tagActions,
    },
  },
  { name: "ssm", protocol: "json", namespace: "", actions: { ...parameterReadActions, ...parameterWriteActions } },
  { name: "sts", protocol: "query", namespace: "https://sts.amazonaws.com/doc/2011-06-15/", actions: sessionActions },
  {
    name: "iam",
    protocol: "query",
    namespace: "https://iam.amazonaws.com/doc/2010-05-08/",
    actions: { ...roleActions, ...instanceProfileActions },
  },
  { name: "secretsmanager", protocol: "json", namespace: "", actions: secretActions },
  {
    name: "autoscaling",
    protocol: "query",
    namespace: "http://autoscaling.amazonaws.com/doc/2011-01-01/",
    actions: autoScalingActions,
  },
];
