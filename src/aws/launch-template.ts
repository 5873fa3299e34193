import { isDeepStrictEqual } from "node:util";
import {
  CreateLaunchTemplateVersionCommand,
  DescribeLaunchTemplatesCommand,
  DescribeLaunchTemplateVersionsCommand,
  ModifyLaunchTemplateCommand,
  type ResponseLaunchTemplateData,
} from "@aws-sdk/client-ec2";
import { sendChange } from "./client/change.js";
import { ifFound } from "./client/errors.js";
import { readPages, TEMPLATE_PAGE_SIZE } from "./client/pages.js";
import type { CallScope } from "./client/session.js";

/** A launch template, its default version and its latest one. */
export interface FoundLaunchTemplate {
  readonly id: string;
  readonly name: string;
  readonly defaultVersion: number;
  readonly latestVersion: number;
}

/** One version of a launch template; `imageId` may be `resolve:ssm:…`. */
export interface FoundTemplateVersion {
  readonly templateId: string;
  readonly version: number;
  readonly imageId: string | undefined;
  /** All other settings; they may contain secrets (user data). */
  readonly settings: Omit<ResponseLaunchTemplateData, "ImageId">;
}

/** Returns whether two versions differ in nothing but the image. */
export function hasSameSettings(a: FoundTemplateVersion, b: FoundTemplateVersion): boolean {
  return isDeepStrictEqual(a.settings, b.settings);
}

/** Returns the launch template with the name or id; undefined if it does not exist. */
export async function describeLaunchTemplate(
  scope: CallScope,
  nameOrId: string,
): Promise<FoundLaunchTemplate | undefined> {
  const ec2 = await scope.session.ec2(scope.region);
  const input = /^lt-[0-9a-f]+$/.test(nameOrId)
    ? { LaunchTemplateIds: [nameOrId] }
    : { LaunchTemplateNames: [nameOrId] };
  const response = await ifFound(ec2.send(new DescribeLaunchTemplatesCommand(input), scope.signal));
  const found = response?.LaunchTemplates?.[0];
  if (!found) return undefined;
  const { LaunchTemplateId: id = "", LaunchTemplateName: name = "", DefaultVersionNumber: version = 1 } = found;
  return { id, name, defaultVersion: version, latestVersion: found.LatestVersionNumber ?? version };
}

/** Returns the ids of all launch templates of a Region. */
export async function describeLaunchTemplateIds(scope: CallScope): Promise<readonly string[]> {
  const ec2 = await scope.session.ec2(scope.region);
  const templates = await readPages(
    (NextToken) =>
      ec2.send(new DescribeLaunchTemplatesCommand({ NextToken, MaxResults: TEMPLATE_PAGE_SIZE }), scope.signal),
    ({ LaunchTemplates }) => LaunchTemplates,
  );
  return templates.flatMap(({ LaunchTemplateId }) => LaunchTemplateId ?? []);
}

/** Returns all versions of a launch template, newest first. With `resolve`, EC2 replaces parameters by their image ids. */
export async function describeTemplateVersions(
  scope: CallScope,
  id: string,
  resolve = false,
): Promise<readonly FoundTemplateVersion[]> {
  const ec2 = await scope.session.ec2(scope.region);
  const input = { LaunchTemplateId: id, ResolveAlias: resolve };
  const versions = await readPages(
    (NextToken) =>
      ec2.send(
        new DescribeLaunchTemplateVersionsCommand({ ...input, NextToken, MaxResults: TEMPLATE_PAGE_SIZE }),
        scope.signal,
      ),
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

/** Creates a version that differs from the default version only in its image. Returns its number; with the same token, the same one. */
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
  const target = { what: `launch template ${template.id}` };
  const response = await sendChange(scope, ec2, new CreateLaunchTemplateVersionCommand(input), target);
  return response.LaunchTemplateVersion?.VersionNumber ?? 0;
}

/** Sets the default version. */
export async function setDefaultVersion(scope: CallScope, id: string, version: number): Promise<void> {
  const ec2 = await scope.session.ec2(scope.region);
  const input = { LaunchTemplateId: id, DefaultVersion: String(version) };
  await sendChange(scope, ec2, new ModifyLaunchTemplateCommand(input), { what: `launch template ${id}` });
}
