import { CreateLaunchTemplateCommand, type RequestLaunchTemplateData } from "@aws-sdk/client-ec2";
import { beforeEach } from "@jest/globals";
import { describeLaunchTemplate, describeTemplateVersions } from "../../src/aws/launch-template.js";
import { readParameter } from "../../src/aws/parameter.js";
import { movePointers, type Promotion, type ScopeOf } from "../../src/publish/promotion/promote.js";
import { rollbackTarget } from "../../src/publish/promotion/rollback.js";
import type { TestCloud } from "./cloud.js";
import { makeImage } from "./images.js";

export const REGIONS = ["us-east-1", "eu-west-1"] as const;

export type ImagesByRegion = ReadonlyMap<string, string>;

/** Helpers for tests of promotions in two regions of a cloud. Each test has its own parameter and launch template. */
export function promotions(cloud: TestCloud) {
  let unique = 0;
  beforeEach(() => {
    unique += 1;
    cloud.endpoint().forget();
  });
  const name = () => `/images/p${unique}`;
  const templateName = () => `web-${unique}`;
  const scopeOf: ScopeOf = (region) => cloud.scope(region);
  const order = (more: Partial<Promotion> = {}, kind: "promote" | "rollback" = "promote", by = "run 1"): Promotion => ({
    parameter: name(),
    label: undefined,
    launchTemplate: undefined,
    sharedWith: [],
    overwrite: false,
    requireTested: false,
    mover: { kind, by, tags: { a: "b" } },
    ...more,
  });
  return {
    name,
    templateName,
    scopeOf,
    order,
    /** Makes an image in each region; returns their ids by region. */
    async images(what: string): Promise<ImagesByRegion> {
      const made = REGIONS.map(
        async (region) => [region, await makeImage(cloud, `${what} ${name()}`, region)] as const,
      );
      return new Map(await Promise.all(made));
    },
    promote: (to: ImagesByRegion, more: Partial<Promotion> = {}) => movePointers(to, order(more), scopeOf),
    async rollback(by = "run 2", more: Partial<Promotion> = {}) {
      const { images: target } = await rollbackTarget({ parameter: name(), label: more.label, by }, REGIONS, scopeOf);
      return movePointers(target, order(more, "rollback", by), scopeOf);
    },
    /** Returns the parameter's value in each region; `selector` is a label or a version (`:live`, `:1`). */
    values: (selector = "") =>
      Promise.all(REGIONS.map(async (region) => (await readParameter(cloud.scope(region), name() + selector))?.value)),
    async makeTemplates(imageIds: ImagesByRegion, more: RequestLaunchTemplateData = {}): Promise<void> {
      for (const region of REGIONS) {
        const ec2 = await cloud.session(region).ec2();
        const LaunchTemplateData = { ImageId: imageIds.get(region), InstanceType: "t3.micro" as const, ...more };
        await ec2.send(new CreateLaunchTemplateCommand({ LaunchTemplateName: templateName(), LaunchTemplateData }));
      }
    },
    /** Returns the image of the launch template's default version in each region. */
    launched: () =>
      Promise.all(
        REGIONS.map(async (region) => {
          const scope = cloud.scope(region);
          const found = await describeLaunchTemplate(scope, templateName());
          const versions = await describeTemplateVersions(scope, found?.id ?? "");
          return versions.find(({ version }) => version === found?.defaultVersion)?.imageId;
        }),
      ),
  };
}

/** Returns the images in the order of the regions. */
export const list = (given: ImagesByRegion) => REGIONS.map((region) => given.get(region));
