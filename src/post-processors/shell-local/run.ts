import type { RunPostProcessor } from "../../core/parts.js";
import { run as runScripts } from "../../provisioners/shell-local/run.js";
import type { ShellLocalPostOptions } from "./options.js";

/** Runs scripts on the runner (Packer §5.2, §6.5). Returns the artifact unchanged; it is always kept. */
export const run: RunPostProcessor<ShellLocalPostOptions> = async (artifact, options, context) => {
  await runScripts(options, context);
  return { artifact, keepInput: { keep: true, forced: true }, files: [] };
};
