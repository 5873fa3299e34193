import type { CallScope } from "../../aws/client/session.js";
import {
  createTemplateVersion,
  type FoundLaunchTemplate,
  type FoundTemplateVersion,
  hasSameSettings,
  launchTemplate,
  setDefaultVersion,
  templateVersions,
} from "../../aws/launch-template.js";
import { BakeError } from "../../core/errors.js";
import { change, type Pointer } from "./pointer.js";

/**
 * A launch template's default version. One that differs from it in its image alone is taken, or made where there is none: an older
 * version with the image may have other user data or types. `parameter` is what is moved with it, with `:label` if it is a label: a
 * default version that takes its image from there (`resolve:ssm:`) follows it, and stays.
 */
export function templatePointer(
  template: FoundLaunchTemplate,
  versions: readonly FoundTemplateVersion[],
  parameter: string,
): Pointer {
  const before = versions.find(({ version }) => version === template.defaultVersion);
  const others = `another writer set the default version of launch template ${template.name} at the same time`;
  let target: number | undefined;
  let changed = false;
  return {
    name: `launch template ${template.name}`,
    imageId: before?.imageId,
    before: before && { version: before.version, written: undefined },
    async state(scope) {
      const now = await launchTemplate(scope, template.id);
      const found =
        now && (await templateVersions(scope, now.id)).find(({ version }) => version === now.defaultVersion);
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
      const now = await launchTemplate(scope, template.id);
      if (now?.defaultVersion === (target ?? template.defaultVersion)) return;
      throw new BakeError(others, {
        code: "launch-template-contended",
        region: scope.region,
        hint: "Let only one job at a time promote it: give the job a concurrency group.",
      });
    },
    async restore(scope) {
      if (!changed) return undefined;
      const now = await launchTemplate(scope, template.id);
      if (now?.defaultVersion !== target && now?.defaultVersion !== template.defaultVersion) return others;
      await setDefaultVersion(scope, template.id, template.defaultVersion);
      return undefined;
    },
  };
}

function newVersion(scope: CallScope, template: FoundLaunchTemplate, imageId: string): Promise<number> {
  return createTemplateVersion(scope, template, imageId, `${template.id}-${template.defaultVersion}-${imageId}`);
}
