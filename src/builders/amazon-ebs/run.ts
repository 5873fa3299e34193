import type { FoundImage } from "../../aws/image.js";
import type { RunBuilder } from "../../core/parts.js";
import { findAdoptable } from "./adopt.js";
import { skippedArtifact } from "./artifact.js";
import { bakeFirstImage } from "./bake-image.js";
import { checkRegions } from "./check-regions.js";
import { finishImages } from "./finish.js";
import { homeImages } from "./home-images.js";
import { openBake } from "./open.js";
import type { AmazonEbsOptions } from "./options.js";
import { type Named, preflight } from "./preflight.js";
import { prepare } from "./prepare.js";
import { chooseIngress } from "./security-group.js";
import { sourceImage } from "./source-image.js";
import { type Bake, together } from "./step.js";

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
