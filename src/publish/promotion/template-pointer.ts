import type { CallScope } from "../../aws/client/session.js";
import {
  createTemplateVersion,
  describeLaunchTemplate,
  describeTemplateVersions,
  type FoundLaunchTemplate,
  type FoundTemplateVersion,
  hasSameSettings,
  setDefaultVersion,
} from "../../aws/launch-template.js";
import { BakeError } from "../../core/errors.js";
import { change, type Pointer } from "./pointer.js";

/**
 * Returns the pointer for a launch template's default version. A move uses a version that differs from the default only in the image, or
 * creates one: an older version with the image can have other settings. A default version that resolves `parameter`, the parameter that
 * moves too (with `:label` for a label), does not change.
 */
export function templatePointer(
  template: FoundLaunchTemplate,
  versions: readonly FoundTemplateVersion[],
  parameter: string,
): Pointer {
  const before = versions.find(({ version }) => version === template.defaultVersion);
  const others = `Another writer changed the default version of the launch template "${template.name}" at the same time`;
  let target: number | undefined;
  let changed = false;
  return {
    name: `launch template ${template.name}`,
    imageId: before?.imageId,
    before: before && { version: before.version, written: undefined },
    async state(scope) {
      const now = await describeLaunchTemplate(scope, template.id);
      const found =
        now && (await describeTemplateVersions(scope, now.id)).find(({ version }) => version === now.defaultVersion);
      return found ? `${found.imageId ?? "no image"} (version ${found.version})` : "nothing";
    },
    obstacles: () => [],
    async move(scope, imageId) {
      if (before?.imageId === imageId || before?.imageId === `resolve:ssm:${parameter}`) {
        return { moved: false, version: before.version };
      }
      const fitting = versions.find((each) => each.imageId === imageId && before && hasSameSettings(each, before));
      const version = fitting?.version ?? (await newVersion(scope, template, imageId));
      target = version;
      await change(
        () => setDefaultVersion(scope, template.id, version),
        () => {
          changed = true;
        },
      );
      return { moved: true, version };
    },
    async check(scope) {
      const now = await describeLaunchTemplate(scope, template.id);
      if (now?.defaultVersion === (target ?? template.defaultVersion)) return;
      throw new BakeError(others, {
        code: "launch-template-contended",
        region: scope.region,
        hint: "Set a concurrency group on the job, so that only one job at a time promotes it.",
      });
    },
    async restore(scope) {
      if (!changed) return undefined;
      const now = await describeLaunchTemplate(scope, template.id);
      if (now?.defaultVersion !== target && now?.defaultVersion !== template.defaultVersion) return others;
      await setDefaultVersion(scope, template.id, template.defaultVersion);
      return undefined;
    },
  };
}

function newVersion(scope: CallScope, template: FoundLaunchTemplate, imageId: string): Promise<number> {
  return createTemplateVersion(scope, template, imageId, `${template.id}-${template.defaultVersion}-${imageId}`);
}
