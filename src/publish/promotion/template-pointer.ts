import {
  createTemplateVersion,
  type FoundLaunchTemplate,
  type FoundTemplateVersion,
  launchTemplate,
  setDefaultVersion,
} from "../../aws/launch-template.js";
import { BakeError } from "../../core/errors.js";
import type { Pointer } from "./pointer.js";

/** A launch template's default version. The newest version with the image is taken; where there is none, one is made. */
export function templatePointer(template: FoundLaunchTemplate, versions: readonly FoundTemplateVersion[]): Pointer {
  const before = versions.find(({ version }) => version === template.defaultVersion);
  let target: number | undefined;
  return {
    name: `launch template ${template.name}`,
    imageId: before?.imageId,
    obstacles: () => [],
    async move(scope, imageId) {
      if (before?.imageId === imageId) return { moved: false, version: before.version };
      const token = `${template.id}-${template.defaultVersion}-${imageId}`;
      const version =
        versions.find((each) => each.imageId === imageId)?.version ??
        (await createTemplateVersion(scope, template, imageId, token));
      target = version;
      await setDefaultVersion(scope, template.id, version);
      const seen = await launchTemplate(scope, template.id);
      if (seen?.defaultVersion !== version) {
        throw new BakeError(`launch template ${template.name} does not have version ${version} as its default`, {
          code: "launch-template-contended",
          blame: "user",
          region: scope.region,
          hint: "Another writer set it at the same time: give the job a concurrency group.",
        });
      }
      return { moved: true, version };
    },
    async restore(scope) {
      const now = await launchTemplate(scope, template.id);
      if (target !== undefined && now?.defaultVersion === target) {
        await setDefaultVersion(scope, template.id, template.defaultVersion);
      }
    },
  };
}
