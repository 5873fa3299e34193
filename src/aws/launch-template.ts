import { isDeepStrictEqual } from "node:util";
import {
  CreateLaunchTemplateVersionCommand,
  DescribeLaunchTemplatesCommand,
  DescribeLaunchTemplateVersionsCommand,
  ModifyLaunchTemplateCommand,
  type ResponseLaunchTemplateData,
} from "@aws-sdk/client-ec2";
import { ifFound } from "./client/errors.js";
import { pages } from "./client/pages.js";
import type { CallScope } from "./client/session.js";

/** A launch template and the version that is launched where none is named. */
export interface FoundLaunchTemplate {
  readonly id: string;
  readonly name: string;
  readonly defaultVersion: number;
}

/** One version of a launch template; `imageId` may be `resolve:ssm:…`. */
export interface FoundTemplateVersion {
  readonly templateId: string;
  readonly version: number;
  readonly imageId: string | undefined;
  /** All else that it launches with; may hold secrets (user data). */
  readonly settings: Omit<ResponseLaunchTemplateData, "ImageId">;
}

/** Whether two versions launch with the same settings, whatever their images. */
export function hasSameSettings(a: FoundTemplateVersion, b: FoundTemplateVersion): boolean {
  return isDeepStrictEqual(a.settings, b.settings);
}

/** A launch template by its name or id; undefined where there is none. */
export async function launchTemplate(scope: CallScope, nameOrId: string): Promise<FoundLaunchTemplate | undefined> {
  const ec2 = await scope.session.ec2(scope.region);
  const asked = /^lt-[0-9a-f]+$/.test(nameOrId)
    ? { LaunchTemplateIds: [nameOrId] }
    : { LaunchTemplateNames: [nameOrId] };
  const answer = await ifFound(ec2.send(new DescribeLaunchTemplatesCommand(asked), scope.signal));
  const found = answer?.LaunchTemplates?.[0];
  if (!found) return undefined;
  const { LaunchTemplateId: id = "", LaunchTemplateName: name = "", DefaultVersionNumber: version = 1 } = found;
  return { id, name, defaultVersion: version };
}

/** All launch templates of a region, by id. */
export async function launchTemplateIds(scope: CallScope): Promise<readonly string[]> {
  const ec2 = await scope.session.ec2(scope.region);
  const templates = await pages(
    (NextToken) => ec2.send(new DescribeLaunchTemplatesCommand({ NextToken }), scope.signal),
    ({ LaunchTemplates }) => LaunchTemplates,
  );
  return templates.flatMap(({ LaunchTemplateId }) => LaunchTemplateId ?? []);
}

/** All versions of a launch template, newest first; with `resolve`, parameters that stand for images are looked up. */
export async function templateVersions(
  scope: CallScope,
  id: string,
  resolve = false,
): Promise<readonly FoundTemplateVersion[]> {
  const ec2 = await scope.session.ec2(scope.region);
  const input = { LaunchTemplateId: id, ResolveAlias: resolve };
  const versions = await pages(
    (NextToken) => ec2.send(new DescribeLaunchTemplateVersionsCommand({ ...input, NextToken }), scope.signal),
    ({ LaunchTemplateVersions }) => LaunchTemplateVersions,
  );
  return versions
    .map(({ LaunchTemplateId = id, VersionNumber = 0, LaunchTemplateData: { ImageId, ...settings } = {} }) => ({
      templateId: LaunchTemplateId,
      version: VersionNumber,
      imageId: ImageId,
      settings,
    }))
    .sort((a, b) => b.version - a.version);
}

/** Makes a version that differs from the default one in its image alone; returns its number. The token makes a repeated call return the same. */
export async function createTemplateVersion(
  scope: CallScope,
  template: FoundLaunchTemplate,
  imageId: string,
  token: string,
): Promise<number> {
  const ec2 = await scope.session.ec2(scope.region);
  const input = {
    LaunchTemplateId: template.id,
    SourceVersion: String(template.defaultVersion),
    VersionDescription: `bake-ami: ${imageId}`,
    LaunchTemplateData: { ImageId: imageId },
    ClientToken: token,
  };
  const answer = await ec2.send(new CreateLaunchTemplateVersionCommand(input), scope.signal);
  return answer.LaunchTemplateVersion?.VersionNumber ?? 0;
}

/** Sets the version that is launched where none is named. */
export async function setDefaultVersion(scope: CallScope, id: string, version: number): Promise<void> {
  const ec2 = await scope.session.ec2(scope.region);
  const input = { LaunchTemplateId: id, DefaultVersion: String(version) };
  await ec2.send(new ModifyLaunchTemplateCommand(input), scope.signal);
}
