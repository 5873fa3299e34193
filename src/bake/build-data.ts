import type { BuildData } from "../core/late.js";
import type { Machine } from "../core/parts.js";

/** What `build.X` and `{{build "X"}}` say where a builder has no such value (Packer §1.11, PopulateProvisionHookData). */
const UNKNOWN: BuildData = {
  ID: "ERR_ID_NOT_IMPLEMENTED_BY_BUILDER",
  Host: "",
  Port: "0",
  User: "",
  Password: "",
  ConnType: "",
  SSHPublicKey: "",
  SSHPrivateKey: "",
  SSHPrivateKeyFile: "",
  SSHAgentAuth: "false",
  WinRMPassword: "",
  PackerHTTPIP: "ERR_HTTP_IP_NOT_IMPLEMENTED_BY_BUILDER",
  PackerHTTPPort: "ERR_HTTP_PORT_NOT_IMPLEMENTED_BY_BUILDER",
  PackerHTTPAddr: "ERR_HTTP_ADDR_NOT_IMPLEMENTED_BY_BUILDER",
};

/** The build's values once it has a machine; without one, the run's id alone. */
export function buildData(machine: Machine | undefined, runUuid: string): BuildData {
  return { ...(machine ? { ...UNKNOWN, ...machine.data } : {}), PackerRunUUID: runUuid };
}
