import type { ProvisionerContext } from "../../core/parts.js";
import { restartWindows } from "../windows/restart.js";
import type { WindowsRestartOptions } from "./options.js";

/** Restarts Windows and waits until it has started again (Packer §5.5). Throws a `BakeError` past `restart_timeout`. */
export function run(options: WindowsRestartOptions, context: ProvisionerContext): Promise<void> {
  return restartWindows(
    {
      command: options.restart_command || 'shutdown /r /f /t 0 /c "packer restart"',
      timeout: options.restart_timeout,
      checkCommand: options.restart_check_command || undefined,
      pendingKeys: options.check_registry ? options.registry_keys : [],
    },
    context,
  );
}
