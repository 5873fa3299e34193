import { choice, list, text } from "../../../options/fields.js";
import { tagBlocks, tagMap } from "./shared.js";

const NO_FLEET = "Instances are asked for one type and zone after the other, without a fleet; leave it out.";

/** Spot instances (Packer §3.1.4). Only the types may shape the image. */
export const spotFields = {
  spot_price: text({
    doc: "Makes the build a spot build: the highest price an hour in dollars, or `auto` for the on-demand price.",
    unfingerprinted: true,
  }),
  spot_instance_types: list(text({ doc: "Type." }), {
    doc: "Types to try, in order, each in every zone; needs `spot_price`.",
  }),
  spot_allocation_strategy: choice(
    ["lowest-price", "diversified", "capacity-optimized", "capacity-optimized-prioritized", "price-capacity-optimized"],
    { doc: "How a fleet chooses among types.", unsupported: NO_FLEET, unfingerprinted: true },
  ),
  spot_tags: tagMap("Tags on the spot request."),
  spot_tag: tagBlocks("The same as `spot_tags`, as blocks."),
  fleet_tags: { ...tagMap("Tags on the fleet."), notes: { doc: "Tags on the fleet.", unsupported: NO_FLEET } },
  fleet_tag: {
    ...tagBlocks("The same as `fleet_tags`."),
    notes: { doc: "The same as `fleet_tags`, as blocks.", unsupported: NO_FLEET },
  },
  spot_price_auto_product: text({ doc: "No effect.", deprecated: "it has no effect any more", unfingerprinted: true }),
};
