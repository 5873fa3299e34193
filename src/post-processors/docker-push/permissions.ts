import type { DerivePartPermissions } from "../../core/permissions.js";
import { ecrPermissions } from "../../docker/permissions.js";
import type { DockerPushOptions } from "./options.js";

/** The login to Amazon ECR, and the push. */
export const dockerPushPermissions: DerivePartPermissions<DockerPushOptions> = (options, scope) =>
  ecrPermissions(options, scope, "push");
