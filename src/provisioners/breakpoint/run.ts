import type { ProvisionerContext } from "../../core/parts.js";
import type { BreakpointOptions } from "./options.js";

/**
 * Waits for Enter (Packer §5.4). Without a terminal nobody can press it: then it warns and goes on, where Packer hangs or
 * fails.
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
      summary: `the breakpoint was passed by: there is no terminal to wait at${note}`,
      hint: 'Set "disable": true, or remove it with "only" and "except" in builds that run without a person.',
      range: context.range,
    });
    return;
  }
  narrator.say(`Pausing at breakpoint provisioner${note}`);
  await surroundings.ask("Press enter to continue.", signal);
}
