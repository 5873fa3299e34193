import { openSession } from "../../aws/client/open-session.js";
import type { CallScope } from "../../aws/client/session.js";
import type { Artifact } from "../../core/artifact.js";
import { BakeError } from "../../core/errors.js";
import type { PostProcessorContext, RunPostProcessor } from "../../core/parts.js";
import { retainAndReport } from "../../publish/retention/report.js";
import type { RetentionOutcome } from "../../publish/retention/retain.js";
import { taggedSelection } from "../../publish/retention/selection.js";
import { type AmazonAmiManagementOptions, IDENTIFIER_TAG } from "./options.js";

/**
 * Deregisters older images of one identifier, with their snapshots (Packer §6.9). Unlike the plugin, it never removes an image that is
 * used by a parameter, a launch configuration or any version of a launch template, and removes nothing where that is unknown.
 */
export const run: RunPostProcessor<AmazonAmiManagementOptions> = async (artifact, options, context) => {
  const { surroundings, signal, narrator } = context;
  const session = await openSession(options, surroundings, options.regions[0]);
  const scopeOf = (region: string): CallScope => ({ session, region, signal, narrator });
  try {
    const outcome = await retainAndReport(
      {
        policy: { keep: options.keep_releases, keepDays: options.keep_days, disableFirst: undefined },
        regions: [...new Set(options.regions)],
        selection: taggedSelection(options.identifier ? { [IDENTIFIER_TAG]: options.identifier } : options.tags),
        spared: new Map(imagesOf(artifact).map((id) => [id, "just baked"])),
        spareShared: false,
        dryRun: options.dry_run,
        now: session.serverNow,
        scopeOf,
      },
      narrator,
    );
    throwIfNotRemoved(outcome, context);
  } finally {
    session.close();
  }
  return { artifact, keepInput: { keep: true, forced: true }, files: [] };
};

const imagesOf = (artifact: Artifact): readonly string[] =>
  artifact.kind === "ami" ? artifact.images.map(({ imageId }) => imageId) : [];

function throwIfNotRemoved({ left }: RetentionOutcome, { range }: PostProcessorContext): void {
  const [first] = left;
  if (!first) return;
  const all = left.map(({ kind, id, region, why }) => `${kind} ${id} in ${region}: ${why}`);
  throw new BakeError(`Could not remove older images: ${all.join("; ")}`, {
    code: "images-not-removed",
    resource: first.id,
    region: first.region,
    hint: "Fix the problems above. The next run removes these images. The new image is not affected.",
    range,
  });
}
