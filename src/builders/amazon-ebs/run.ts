import type { FoundImage } from "../../aws/image.js";
import type { RunBuilder } from "../../core/parts.js";
import { type Bake, together } from "./bake.js";
import { bakeFirstImage } from "./bake-image.js";
import { skippedArtifact } from "./image/artifact.js";
import { finishImages } from "./image/finish.js";
import { findAdoptable } from "./image/resume.js";
import { openBake } from "./look/account.js";
import { homeImages } from "./look/earlier-images.js";
import { type Named, preflight } from "./look/prevalidate.js";
import { checkRegions } from "./look/regions.js";
import { sourceImage } from "./look/source-image.js";
import { chooseIngress } from "./machine/security-group.js";
import type { AmazonEbsOptions } from "./options/schema.js";
import { prepare } from "./plan.js";

const NOT_ASKED = Promise.resolve(undefined);

/**
 * Bakes an AMI (Packer's amazon-ebs builder): look before anything is created, bake one image on an instance or go on from that
 * of an earlier run, then bring it to every region, complete it there, and tell.
 */
export const run: RunBuilder<AmazonEbsOptions> = async (options, context) => {
  const bake = await openBake(options, context);
  await checkRegions(bake);
  const ingress = chooseIngress(bake);
  ingress.catch(() => undefined);
  // An unchanged night asks nothing that only a bake needs to know.
  const early = context.settings.skipUnchanged.enabled ? undefined : preflight(bake);
  const [known, source] = await together(early ?? NOT_ASKED, sourceImage(bake));
  const fingerprint = await context.fingerprint({ sourceImageId: source.id });
  const home = await homeImages(bake, fingerprint);
  const search = await findAdoptable(bake, fingerprint, source, home.ofBuild);
  const { adopted, reason } = search;
  if (!adopted && context.settings.skipUnchanged.enabled) context.narrator.say(`Not skipped: ${reason}`);
  const named: Named =
    adopted?.why === "unchanged"
      ? new Map()
      : new Map([...atHome(bake, home.named), ...(known ?? (await preflight(bake)))]);
  const work = prepare(bake, { named, source, fingerprint, ...search });
  const first = adopted ? { image: adopted.image, key: undefined } : await bakeFirstImage(bake, work, ingress);
  return first ? finishImages(bake, work, first) : skippedArtifact();
};

function atHome(bake: Bake, image: FoundImage | undefined): (readonly [string, FoundImage])[] {
  return image ? [[bake.session.region, image]] : [];
}
