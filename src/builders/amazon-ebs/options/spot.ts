import { PLACEHOLDER } from "../../../options/context.js";
import type { Decode } from "../../../options/decoding.js";
import { choice, list, text } from "../../../options/fields.js";
import type { Complaints } from "../../../options/schema.js";
import type { imageFields } from "./image.js";
import { tagBlocks, tagMap } from "./shared.js";

const NO_FLEET = "Remove the option. bake-ami tries one type and zone after the other, without a fleet.";

/** Spot instances (Packer §3.1.4). Only the types can change the image. */
export const spotFields = {
  spot_price: text({
    doc: "Use a spot instance: the maximum price per hour in US dollars, or `auto` for the on-demand price.",
    unfingerprinted: true,
  }),
  spot_instance_types: list(text({ doc: "Type." }), {
    doc: "Instance types to try in order, each in every zone. Needs `spot_price`.",
  }),
  spot_allocation_strategy: choice(
    ["lowest-price", "diversified", "capacity-optimized", "capacity-optimized-prioritized", "price-capacity-optimized"],
    { doc: "How a fleet chooses instance types.", unsupported: NO_FLEET, unfingerprinted: true },
  ),
  spot_tags: tagMap("Tags on the spot request."),
  spot_tag: tagBlocks("Same as `spot_tags`, as blocks."),
  fleet_tags: { ...tagMap("Tags on the fleet."), notes: { doc: "Tags on the fleet.", unsupported: NO_FLEET } },
  fleet_tag: {
    ...tagBlocks("Same as `fleet_tags`."),
    notes: { doc: "Same as `fleet_tags`, as blocks.", unsupported: NO_FLEET },
  },
  spot_price_auto_product: text({ doc: "No effect.", deprecated: "it has no effect", unfingerprinted: true }),
};

/** The spot options, and the options of the image that cannot be used with them. */
export type SpotOptions = Decode<typeof spotFields & Pick<typeof imageFields, "ena_support" | "sriov_support">>;

/** Returns whether the build uses a spot instance. */
export function isSpot(options: Pick<SpotOptions, "spot_price">): boolean {
  return options.spot_price !== undefined && options.spot_price !== "" && options.spot_price !== "0";
}

/** Checks the spot options (Packer §3.1.4). */
export function checkSpot(options: SpotOptions, complaints: Complaints): void {
  if (isSpot(options)) {
    for (const name of ["ena_support", "sriov_support"] as const) {
      if (options[name])
        complaints.error(name, `"${name}" needs a stopped instance, but spot instances cannot be stopped`);
    }
    const price = options.spot_price ?? "";
    if (price !== "auto" && price !== PLACEHOLDER && !/^\d*\.?\d+$/.test(price)) {
      complaints.error("spot_price", `"spot_price" must be a price in dollars or "auto", not "${price}"`);
    }
    return;
  }
  if (options.spot_instance_types.length > 0) {
    complaints.error(
      "spot_instance_types",
      '"spot_instance_types" needs "spot_price"',
      'Set "spot_price" to "auto" to pay at most the on-demand price.',
    );
  }
  if (options.spot_tags.length + options.spot_tag.length > 0) {
    complaints.error("spot_tags", '"spot_tags" needs "spot_price"');
  }
}
