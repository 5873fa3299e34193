import { readdir } from "node:fs/promises";
import type { ConnectionDetails, WinrmAccess } from "../../core/communicator.js";
import type { ProvisionerContext } from "../../core/parts.js";
import { findRemoteUser, knownHost, makeCredentialDirectory, openProxy, type SshAccess } from "../login-proxy.js";
import { type LocalProcessOptions, runLocalProcess } from "../run-local.js";
import type { AnsibleOptions } from "./options.js";

/** Ansible's access to the machine: by SSH, or by WinRM. */
export interface AnsibleAccess extends SshAccess {
  /** Undefined for SSH. */
  readonly winrm: { readonly details: WinrmAccess; readonly passwordFile: string | undefined } | undefined;
}

/** Time limit for closing ssh's shared connections, in milliseconds. */
const END_LIMIT = 5000;

/** SSH options that connect through another host; the machine's address then need not be directly reachable. */
const OWN_ROUTE = /ProxyCommand|ProxyJump|(?:^|\s|['"])-[JF]/;

/**
 * Opens Ansible's access to a machine with SSH: through the proxy, or with `use_proxy: false` directly with the build's key (Packer §5.6).
 * `args` are the known arguments of Ansible.
 */
export async function openAccess(
  options: AnsibleOptions,
  args: readonly string[],
  context: ProvisionerContext,
): Promise<AnsibleAccess> {
  const details = directDetails(options, args, context);
  if (details) return openDirect(details, options, context);
  context.narrator.say("Setting up proxy adapter for Ansible....");
  const keyType = options.ansible_proxy_key_type.toUpperCase() === "RSA" ? "rsa" : "ecdsa";
  const proxy = await openProxy(
    { ...options, keyType, user: options.user || (await findRemoteUser(context)) },
    context,
  );
  return { ...proxy, winrm: undefined };
}

/** Returns the details for a direct connection; undefined where the options do not request one, or it is impossible. */
function directDetails(
  options: AnsibleOptions,
  args: readonly string[],
  { machine, narrator, range }: ProvisionerContext,
): ConnectionDetails | undefined {
  if (options.use_proxy !== false) return undefined;
  const details = machine.communicator.connection();
  const hasOwnRoute = [...options.ansible_ssh_extra_args, ...args].some((text) => OWN_ROUTE.test(text));
  const why = whyNotDirect(details, hasOwnRoute);
  if (details && why === undefined) return hasOwnRoute ? { ...details, forward: undefined } : details;
  narrator.warn({
    code: "ansible-proxy",
    summary: `"use_proxy" is false, but ${why}: Ansible uses the proxy`,
    range,
  });
  return undefined;
}

function whyNotDirect(details: ConnectionDetails | undefined, hasOwnRoute: boolean): string | undefined {
  if (details === undefined || details.host === "") return "the machine has no address";
  if (!details.direct && !details.forward && !hasOwnRoute) {
    return "the build connects to the machine through a bastion or a proxy, or with a key that expires";
  }
  if (details.privateKey === undefined && details.password !== undefined) return "the build logs in with a password";
  return undefined;
}

async function openDirect(
  details: ConnectionDetails,
  options: AnsibleOptions,
  { narrator, surroundings }: ProvisionerContext,
): Promise<AnsibleAccess> {
  narrator.say("Not using Proxy adapter for Ansible run:\n\tUsing ssh keys from Packer communicator...");
  const { privateKey, hostKeys } = details;
  const directory = await makeCredentialDirectory();
  const forwarded = await details.forward?.();
  const at = forwarded ?? details;
  return {
    host: at.host,
    port: at.port,
    user: options.user || details.user,
    keyFile: privateKey === undefined ? undefined : await directory.write("key", privateKey),
    knownHosts:
      hostKeys.length > 0
        ? await directory.write("known_hosts", hostKeys.map((key) => knownHost(at, key)).join(""))
        : undefined,
    directory: directory.path,
    winrm: undefined,
    async close() {
      await endSharedConnections(directory.path, surroundings.env);
      await forwarded?.close();
      await directory.remove();
    },
  };
}

/** Closes the connections that ssh keeps open for a minute after Ansible's last task: the next machine may have the same address. */
async function endSharedConnections(directory: string, env: LocalProcessOptions["env"]): Promise<void> {
  const signal = AbortSignal.timeout(END_LIMIT);
  const onOutput = () => undefined;
  for (const entry of await readdir(directory, { withFileTypes: true })) {
    if (!entry.isSocket()) continue;
    const command = ["ssh", "-F", "none", "-O", "exit", "-o", `ControlPath=${entry.name}`, "any"];
    // If this fails, the connection ends by itself.
    await runLocalProcess(command, { cwd: directory, env, signal, onOutput }).catch(() => undefined);
  }
}
