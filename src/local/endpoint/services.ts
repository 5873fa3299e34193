import { autoScalingActions } from "./autoscaling/auto-scaling.js";
import type { Actions } from "./call.js";
import { allowedImageActions } from "./ec2/images/allowed-images.js";
import { imageCopyActions } from "./ec2/images/copy-image.js";
import { ebsSettingActions } from "./ec2/images/ebs-settings.js";
import { fastLaunchActions } from "./ec2/images/fast-launch.js";
import { imageAttributeActions } from "./ec2/images/image-attributes.js";
import { imageLifeActions } from "./ec2/images/image-life.js";
import { imageReferenceActions } from "./ec2/images/image-references.js";
import { imageListActions } from "./ec2/images/images.js";
import { imageMakingActions } from "./ec2/images/make-images.js";
import { snapshotActions } from "./ec2/images/snapshots.js";
import { volumeActions } from "./ec2/images/volumes.js";
import { instanceListActions } from "./ec2/instances/describe-instances.js";
import { fleetActions } from "./ec2/instances/fleets.js";
import { instanceAttributeActions } from "./ec2/instances/instance-attributes.js";
import { instancePowerActions } from "./ec2/instances/instance-power.js";
import { instanceTypeActions } from "./ec2/instances/instance-types.js";
import { launchActions } from "./ec2/instances/launch.js";
import { launchTemplateActions } from "./ec2/instances/launch-templates.js";
import { passwordActions } from "./ec2/instances/password-data.js";
import { sendKeyActions } from "./ec2/instances/send-key.js";
import { keyPairActions } from "./ec2/key-pairs.js";
import { connectEndpointActions } from "./ec2/networks/connect-endpoints.js";
import { networkInterfaceActions } from "./ec2/networks/network-interfaces.js";
import { networkActions } from "./ec2/networks/networks.js";
import { securityGroupActions } from "./ec2/networks/security-groups.js";
import { regionActions } from "./ec2/regions.js";
import { tagActions } from "./ec2/tags.js";
import { instanceProfileActions } from "./iam/instance-profiles.js";
import { roleActions } from "./iam/roles.js";
import { dataKeyActions } from "./kms/data-keys.js";
import { secretActions } from "./secretsmanager/secrets.js";
import { quotaActions } from "./servicequotas/quotas.js";
import { parameterReadActions } from "./ssm/parameter-reads.js";
import { parameterWriteActions } from "./ssm/parameter-writes.js";
import { serviceSettingActions } from "./ssm/service-settings.js";
import { portSessionActions } from "./ssm/sessions/sessions.js";
import { sessionActions } from "./sts/sessions.js";

/** The protocol of a service. */
type Protocol = "ec2" | "query" | "json";

/** A service of the local cloud. */
export interface Service {
  /** As the scope of a signature names it. */
  readonly name: string;
  readonly protocol: Protocol;
  /** Namespace of its XML responses; empty for JSON. */
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
      ...ebsSettingActions,
      ...allowedImageActions,
      ...imageLifeActions,
      ...fastLaunchActions,
      ...imageReferenceActions,
      ...snapshotActions,
      ...volumeActions,
      ...launchActions,
      ...instanceListActions,
      ...instancePowerActions,
      ...instanceAttributeActions,
      ...instanceTypeActions,
      ...passwordActions,
      ...fleetActions,
      ...launchTemplateActions,
      ...keyPairActions,
      ...securityGroupActions,
      ...networkActions,
      ...networkInterfaceActions,
      ...connectEndpointActions,
      ...regionActions,
      ...tagActions,
    },
  },
  {
    name: "ssm",
    protocol: "json",
    namespace: "",
    actions: { ...parameterReadActions, ...parameterWriteActions, ...portSessionActions, ...serviceSettingActions },
  },
  { name: "servicequotas", protocol: "json", namespace: "", actions: quotaActions },
  { name: "kms", protocol: "json", namespace: "", actions: dataKeyActions },
  { name: "ec2-instance-connect", protocol: "json", namespace: "", actions: sendKeyActions },
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
