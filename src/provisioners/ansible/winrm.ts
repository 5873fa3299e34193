import type { WinrmAccess } from "../../core/communicator.js";
import { BakeError } from "../../core/errors.js";
import type { ProvisionerContext } from "../../core/parts.js";
import { makeCredentialDirectory } from "../login-proxy.js";
import type { AnsibleAccess } from "./access.js";
import type { AnsibleOptions } from "./options.js";

/**
 * Opens Ansible's access to a Windows machine (Packer §5.6): it always connects by itself, because the proxy is an SSH server, and Ansible
 * would run commands of Unix through it. Through a tunnel of the build it connects to a port of this host. The password is in a file that
 * only this user can read. Throws a `BakeError` where the address is not reachable from the runner.
 */
export async function openWinrmAccess(options: AnsibleOptions, context: ProvisionerContext): Promise<AnsibleAccess> {
  const { machine, narrator, range } = context;
  const details = machine.communicator.connection();
  if (details?.winrm === undefined || details.host === "" || !(details.direct || details.forward)) {
    throw new BakeError("Ansible cannot connect to the machine: the build does not connect to its address directly", {
      code: "ansible-not-direct",
      hint: "Make the WinRM port reachable from the runner, or use powershell provisioners. Ansible connects to Windows by itself.",
      range,
    });
  }
  if (options.use_proxy === true) {
    narrator.warn({
      code: "ansible-proxy",
      summary: '"use_proxy" is true, but "communicator" is "winrm": Ansible connects directly',
      range,
    });
  }
  narrator.say("Not using Proxy adapter for Ansible run:\n\tUsing WinRM Password from Packer communicator...");
  const directory = await makeCredentialDirectory();
  const { password } = details;
  const forwarded = details.direct ? undefined : await details.forward?.();
  const at = forwarded ?? details;
  return {
    host: at.host,
    port: at.port,
    user: options.user || details.user,
    keyFile: undefined,
    knownHosts: undefined,
    directory: directory.path,
    winrm: {
      details: details.winrm,
      passwordFile:
        password && (await directory.write("password.json", JSON.stringify({ ansible_password: password }))),
    },
    async close() {
      await forwarded?.close();
      await directory.remove();
    },
  };
}

/** Returns the variables of the inventory for WinRM, in Packer's order, then those that Packer leaves to the user. */
export function winrmVariables({ https, insecure, ntlm }: WinrmAccess, port: number): readonly string[] {
  return [
    "ansible_connection=winrm",
    `ansible_winrm_transport=${ntlm ? "ntlm" : "basic"}`,
    "ansible_shell_type=powershell",
    // Ansible takes every port but 5985 for HTTPS.
    ...(https === (port !== 5985) ? [] : [`ansible_winrm_scheme=${https ? "https" : "http"}`]),
    ...(https && insecure ? ["ansible_winrm_server_cert_validation=ignore"] : []),
  ];
}
