import type { ProvisionerFacts } from "../../core/facts.js";
import { duration } from "../../options/fields.js";
import { type OptionsOf, schema } from "../../options/schema.js";

/** Options of the sleep provisioner (Packer §5.4). */
export const sleepOptions = schema({
  duration: duration({ doc: "How long to wait.", required: true, unfingerprinted: true }),
});

export type SleepOptions = OptionsOf<typeof sleepOptions>;

/** Only waits. */
export const sleepFacts: ProvisionerFacts<SleepOptions> = {
  runsOn: "runner",
  needsMachine: false,
  needsUnix: false,
  changesImage: false,
  subject: () => undefined,
};
