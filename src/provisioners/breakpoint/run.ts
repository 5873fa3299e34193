import type { ProvisionerContext } from "../../core/parts.js";
import type { BreakpointOptions } from "./options.js";

/**
 * Waits for Enter (Packer §5.4). Without a terminal it warns and continues, where Packer hangs or fails.
 */
export async function run(options: BreakpointOptions, context: ProvisionerContext): Promise<void> {
  const { narrator, settings, signal, surroundings } = context;
  const note = options.note ? `: ${options.note}` : "";
  if (options.disable) {
    narrator.say(`Breakpoint provisioner is disabled, continuing${note}`);
    return;
  }
  if (!settings.interactive || !surroundings.ask) {
    narrator.warn({
      code: "breakpoint-without-terminal",
      summary: `Breakpoint skipped because there is no terminal${note}`,
      hint: 'Set "disable" to true, or exclude the breakpoint with "only" or "except" from builds without a terminal.',
      range: context.range,
    });
    return;
  }
  narrator.say(`Pausing at breakpoint provisioner${note}`);
  await surroundings.ask("Press enter to continue.", signal);
}
