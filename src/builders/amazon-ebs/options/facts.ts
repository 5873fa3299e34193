import type { DeriveFacts } from "../../../core/facts.js";
import type { AmazonEbsOptions } from "./schema.js";

/** Facts about an amazon-ebs build before it runs. With `skip_create_ami` it creates no images. */
export const amazonEbsFacts: DeriveFacts<AmazonEbsOptions> = (options, place) => ({
  communicator: options.communicator,
  images: options.skip_create_ami
    ? undefined
    : {
        name: options.ami_name,
        regions: [options.region || undefined, ...options.ami_regions],
        copiesRange: place("ami_regions"),
        tags: [
          options.tags,
          options.tag,
          options.run_tags,
          options.run_tag,
          options.snapshot_tags,
          options.snapshot_tag,
        ],
      },
});
