import type { ProvisionerContext } from "../../core/parts.js";
import { formatDuration } from "../../core/text.js";
import type { SleepOptions } from "./options.js";

/** Waits (Packer §5.4); rejects with the abort reason. */
export async function run(options: SleepOptions, context: ProvisionerContext): Promise<void> {
  context.narrator.say(`Sleeping ${formatDuration(options.duration)}...`);
  await context.surroundings.clock.sleep(options.duration, context.signal);
}
