import type { DerivePermissions } from "../../core/permissions.js";
import { ecrPermissions } from "../../docker/permissions.js";
import type { DockerBuilderOptions } from "./options.js";

/** A build of a container calls AWS only to log in to Amazon ECR. */
export const dockerPermissions: DerivePermissions<DockerBuilderOptions> = (options, { scope }) => ({
  run: ecrPermissions(options, scope, "pull"),
  temporaryRoles: [],
  notes: [],
});
