import type { ProvisionerFacts } from "../../core/facts.js";
import { flag, text } from "../../options/fields.js";
import { type OptionsOf, schema } from "../../options/schema.js";

/** Options of the breakpoint provisioner (Packer §5.4). */
export const breakpointOptions = schema({
  note: text({ doc: "Text shown while the build waits.", unfingerprinted: true }),
  disable: flag({ doc: "Continue without waiting.", default: false, unfingerprinted: true }),
});

export type BreakpointOptions = OptionsOf<typeof breakpointOptions>;

/** Only waits. */
export const breakpointFacts: ProvisionerFacts<BreakpointOptions> = {
  runsOn: "runner",
  needsMachine: false,
  needsUnix: false,
  changesImage: false,
  subject: () => undefined,
};
