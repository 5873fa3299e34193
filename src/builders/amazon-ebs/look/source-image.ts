import { toFilters } from "../../../aws/filters.js";
import type { FoundImage } from "../../../aws/image.js";
import { findSourceImage } from "../../../aws/source-image.js";
import { BakeError, withRange } from "../../../core/errors.js";
import { runBuilderStep } from "../../step.js";
import { atOption, type BakeReading, inRegion } from "../bake.js";
import { allFilters } from "../options/shared.js";
import { refuseFastLaunch } from "./fast-launch.js";

/** Returns the source image. Throws a `BakeError` when its root device is not an EBS volume. */
export async function chooseSourceImage(bake: BakeReading): Promise<FoundImage> {
  const { options, context } = bake;
  return runBuilderStep(bake.context, "source-image", "Finding the source AMI", async () => {
    const filter = options.source_ami_filter;
    const search = findSourceImage(inRegion(bake), {
      imageId: options.source_ami || undefined,
      filters: filter ? toFilters(allFilters(filter)) : [],
      owners: filter?.owners ?? [],
      mostRecent: filter?.most_recent ?? false,
      includeDeprecated: filter?.include_deprecated ?? false,
    });
    const image = await atOption(bake, options.source_ami ? "source_ami" : "source_ami_filter", search);
    context.narrator.message(`Found Image ID: ${image.id}`);
    context.surroundings.debug(() => sourceText(bake, image));
    if (image.rootDeviceType !== "" && image.rootDeviceType !== "ebs") {
      throw new BakeError(
        `Source AMI ${image.id} has the root device type "${image.rootDeviceType}", but "ebs" is required`,
        {
          code: "source-ami-not-ebs",
          resource: image.id,
          hint: 'Add the filter "root-device-type": "ebs".',
        },
      );
    }
    checkEnhancedNetworking(bake, image);
    refuseFastLaunch(bake, image);
    refuseKeyType(bake, image);
    return image;
  });
}

/** Returns why this image is the source AMI, for the debug log. */
function sourceText({ options }: BakeReading, { id, name, owner, createdAt, architecture }: FoundImage): string {
  const why = options.source_ami
    ? '"source_ami" is set'
    : options.source_ami_filter?.most_recent
      ? 'it is the newest that matches "source_ami_filter"'
      : 'only it matches "source_ami_filter"';
  return `Source AMI ${id} ("${name}", owner ${owner}, created ${createdAt}, ${architecture}): ${why}`;
}

/** Enhanced networking works only on HVM images (Packer §3.1.6: `ami_virtualization_type` overrides the image's type). */
function checkEnhancedNetworking({ options, context }: BakeReading, image: FoundImage): void {
  const option = options.ena_support ? "ena_support" : "sriov_support";
  const type = options.ami_virtualization_type || image.virtualizationType;
  if (!options[option] || type === "" || type === "hvm") return;
  const summary = `"${option}" needs a source AMI with the virtualization type "hvm", but ${image.id} has "${type}"`;
  const hint = 'Add the filter "virtualization-type": "hvm".';
  const error = new BakeError(summary, { code: "source-ami-not-hvm", resource: image.id, hint });
  throw withRange(error, context.place(option));
}

/** Throws for `temporary_key_pair_type` ed25519 with a Windows image, which EC2 refuses when everything else has been created. */
function refuseKeyType({ options, context }: BakeReading, { id, isWindows }: FoundImage): void {
  if (!isWindows || options.temporary_key_pair_type !== "ed25519") return;
  throw new BakeError(`"temporary_key_pair_type" must be "rsa", because the source AMI ${id} is a Windows image`, {
    code: "key-type-not-accepted",
    resource: id,
    range: context.place("temporary_key_pair_type"),
    hint: 'Remove "temporary_key_pair_type" or set it to "rsa": EC2 accepts no ed25519 keys for Windows, whose passwords it encrypts with RSA. Nothing was created.',
  });
}
