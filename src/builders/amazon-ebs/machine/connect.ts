import { createProgressReporter } from "../../../aws/client/wait.js";
import type { FoundImage } from "../../../aws/image.js";
import { describeInstance, type FoundInstance, lastConsoleLines, readConsole } from "../../../aws/instance.js";
import { absolute } from "../../../communicators/from-options.js";
import { BakeError, messageOf } from "../../../core/errors.js";
import type { Machine } from "../../../core/parts.js";
import type { SentKey, Way } from "../../../ssh/connect/connector.js";
import { readPublicKey } from "../../../ssh/keys/credentials.js";
import { connectBySsh, machineWithoutCommunicator, throttleEachWait } from "../../connect.js";
import { connectByWinrm } from "../../connect-winrm.js";
import { runBuilderStep } from "../../step.js";
import { type Bake, inRegion } from "../bake.js";
import type { InstanceAccess } from "../look/access-choice.js";
import { serverOf } from "../options/server.js";
import { endpointWay } from "./endpoint.js";
import type { LaunchKey } from "./key-pair.js";
import { type KeyScope, sentKey, sentKeyIfPossible } from "./sent-key.js";
import { sessionWay } from "./session.js";
import { whyNoTokens } from "./source-system.js";
import { enablesBasic } from "./user-data.js";
import { windowsPassword } from "./windows-password.js";

/** Number of console lines that are reported with an error. */
const CONSOLE_LINES = 20;

/** Milliseconds between two calls while EC2 does not return a public address yet. */
const ADDRESS_WAIT = 1000;

/** Milliseconds between two checks of the caller's address while there is no connection. */
const FOLLOW_EVERY = 20_000;

/** Milliseconds to wait until user data has enabled Basic authentication. Windows runs it after it has set the password. */
const WAIT_FOR_BASIC = 180_000;

/** The instance to connect to. */
export interface ConnectTo {
  readonly instance: FoundInstance;
  readonly key: LaunchKey;
  readonly source: FoundImage;
  readonly access: InstanceAccess;
  /** Base64. */
  readonly userData: string | undefined;
  /** Authorizes the caller's address again when it has changed. */
  readonly followCaller: (() => Promise<void>) | undefined;
  /** Authorizes the address that connections to this address come from. */
  readonly admitRoute: ((address: string) => Promise<void>) | undefined;
}

/**
 * Connects by SSH or WinRM as soon as the instance responds (Packer §4.2, §4.5), unless `communicator` is `none`; by WinRM after Windows has
 * set the password. `explain` returns the error to throw in place of one of the connection; by default, it includes the instance's state,
 * and the last lines of its console are reported.
 */
export async function connectToInstance(bake: Bake, to: ConnectTo, explain = withDiagnosis): Promise<Machine> {
  const { context, options } = bake;
  const { instance, key } = to;
  const data = { ID: instance.id, ...sourceData(bake, to.source) };
  if (options.communicator === "none") return machineWithoutCommunicator(data);
  const isWinrm = options.communicator === "winrm";
  const password = isWinrm ? await windowsPassword(bake, instance.id, key) : "";
  return runBuilderStep(context, "connect", `Connecting by ${isWinrm ? "WinRM" : "SSH"}`, async () => {
    const way = await wayTo(bake, to);
    const address = way ? instance.id : await reachableAddress(bake, to);
    const following = followWhileWaiting(bake, to.followCaller);
    const destination = {
      address,
      way,
      data: { ...data, SSHPublicKey: key.temporary?.publicKey ?? "" },
      onAttempt: following.onAttempt,
    };
    try {
      if (isWinrm) {
        const waitForBasic = enablesBasic(to.userData) ? WAIT_FOR_BASIC : 0;
        return await connectByWinrm(context, options, { ...destination, password, waitForBasic });
      }
      return await connectBySsh(context, options, {
        ...destination,
        isWindows: to.source.isWindows,
        generatedKey: key.temporary?.privateKey,
        sentKey: await keyToSend(bake, to),
      });
    } catch (error) {
      if (context.signal.aborted || !(error instanceof BakeError)) throw error;
      throw await explain(bake, to, error);
    } finally {
      await following.ended();
    }
  });
}

/** Returns the key to send before each login: that of the run, or as Packer does, the template's own with Session Manager. */
async function keyToSend(bake: Bake, { instance, key, access }: ConnectTo): Promise<SentKey | undefined> {
  const { options, context } = bake;
  if (key.isSent && key.temporary) return sentKey(keyScope(bake), instance.id, key.temporary.publicKey);
  if (access.kind !== "session_manager" || !options.ssh_private_key_file || options.ssh_keypair_name) return;
  const file = absolute(options.ssh_private_key_file, context.surroundings.cwd);
  return file === undefined ? undefined : sentKeyIfPossible(keyScope(bake), instance.id, await readPublicKey(file));
}

function keyScope(bake: Bake): KeyScope {
  return { ...inRegion(bake), user: bake.options.ssh_username ?? "" };
}

/** Returns the way to the instance if it is not a TCP connection from the runner. */
async function wayTo(bake: Bake, { instance, access }: ConnectTo): Promise<Way | undefined> {
  if (access.kind === "session_manager") return sessionWay(bake, instance.id);
  if (!access.endpoint) return undefined;
  const { session, options } = bake;
  return endpointWay(session, access.endpoint, { address: instance.privateIp ?? "", server: serverOf(options) });
}

/** Returns the address to connect to, after the security group admits where SSH comes from. */
async function reachableAddress(bake: Bake, to: ConnectTo): Promise<string> {
  const address = serverOf(bake.options).host ?? (await findAddress(bake, to));
  bake.context.surroundings.debug(
    () => `Address ${address}: ${whyAddress(bake, to.access.kind, address === to.instance.privateIp)}`,
  );
  await to.admitRoute?.(address);
  return address;
}

/** Checks the caller's address while nothing responds, also after a reboot. `ended` resolves when the last check has ended. */
function followWhileWaiting({ context }: Bake, followCaller: ConnectTo["followCaller"]) {
  const isDue = throttleEachWait(FOLLOW_EVERY, () => context.surroundings.clock.now());
  let following: Promise<void> = Promise.resolve();
  return {
    onAttempt: (elapsed: number) => {
      if (!followCaller || !isDue(elapsed)) return;
      following = followCaller().catch((error: unknown) => {
        context.narrator.message(`Could not check the runner's public IP address again: ${messageOf(error)}`);
      });
    },
    ended: () => following,
  };
}

/** Returns the `build.X` values of the source image. */
function sourceData(bake: Bake, source: FoundImage): Readonly<Record<string, string>> {
  return {
    BuildRegion: bake.session.region,
    SourceAMI: source.id,
    SourceAMIName: source.name,
    SourceAMICreationDate: source.createdAt,
    SourceAMIOwner: source.owner,
    SourceAMIOwnerName: source.ownerAlias,
  };
}

/**
 * Returns the address to connect to (Packer §3.1.3): the one that the access selects, else the public address, else the private one.
 * Waits until EC2 returns it. Throws a `BakeError` (`no-address`) when the instance gets none.
 */
async function findAddress(bake: Bake, { instance: launched, access: { kind } }: ConnectTo): Promise<string> {
  const { clock } = bake.session;
  const began = clock.now();
  const report = createProgressReporter(bake.context.narrator, "the instance's address to become available");
  let known = chosenAddress(kind, launched, false);
  for (let calls = 1; known === undefined; calls++) {
    const instance = await describeInstance(inRegion(bake), launched.id);
    if (instance) known = chosenAddress(kind, instance, calls >= 3);
    if (known !== undefined) break;
    if (calls > 30) throw noAddress(bake, launched, kind);
    report(clock.now() - began);
    await clock.sleep(ADDRESS_WAIT, bake.context.signal);
  }
  return known;
}

/** `isFinal`: after this many calls, EC2 returns no public address later. */
function chosenAddress(kind: InstanceAccess["kind"], instance: FoundInstance, isFinal: boolean): string | undefined {
  switch (kind) {
    case "public_ip":
      return instance.publicIp;
    case "private_ip":
      return instance.privateIp;
    case "public_dns":
      return instance.publicDns;
    case "private_dns":
      return instance.privateDns;
    case "ipv6":
      return instance.ipv6;
    default:
      return instance.publicIp ?? (isFinal ? instance.privateIp : undefined);
  }
}

/** Returns why the address was chosen, for the debug log. */
function whyAddress({ options, context }: Bake, kind: InstanceAccess["kind"], isPrivate: boolean): string {
  const { host, hostOption } = serverOf(options);
  if (host !== undefined) return `"${hostOption}" is set`;
  if (kind && context.settings.access === "auto" && !options.ssh_interface) return `it is the instance's "${kind}"`;
  if (kind) return `it is the instance's "${kind}", as "ssh_interface" sets`;
  return isPrivate
    ? "it is the instance's private address, because it has no public one"
    : "it is the instance's public address";
}

function noAddress(bake: Bake, { id }: FoundInstance, kind: InstanceAccess["kind"] = "public_ip"): BakeError {
  const range = bake.context.place("ssh_interface");
  return new BakeError(`Instance ${id} has no address for "ssh_interface": "${kind}"`, {
    code: "no-address",
    resource: id,
    hint:
      kind === "ipv6"
        ? 'Choose a subnet that assigns IPv6 addresses, or set another "ssh_interface".'
        : 'Set "associate_public_ip_address", choose a subnet that assigns public addresses, or run inside the VPC and set "ssh_interface" to "private_ip".',
    range,
  });
}

/** Returns the error with the instance's state and reason from EC2. Reports the last lines of its console. */
async function withDiagnosis(bake: Bake, to: ConnectTo, error: BakeError): Promise<BakeError> {
  const scope = inRegion(bake);
  const { id } = to.instance;
  const [instance, console] = await Promise.all([
    describeInstance(scope, id).catch(() => undefined),
    readConsole(scope, id),
  ]);
  const tail = lastConsoleLines(console, CONSOLE_LINES);
  if (tail.length > 0) {
    bake.context.narrator.message(`Last lines of the console output of ${id}:`);
    for (const text of tail) bake.context.narrator.emit({ type: "output", stream: "stderr", text });
  }
  const state = instance ? `. The instance is ${instance.state}${instance.reason ? ` (${instance.reason})` : ""}` : "";
  return new BakeError(`${messageOf(error)}${state}`, {
    code: error.code,
    cause: error,
    resource: id,
    region: bake.session.region,
    hint: [error.hint, tokensHint(bake, to, error)].filter(Boolean).join(" ") || undefined,
    range: bake.context.range,
  });
}

/** Returns the hint for an instance that may have got no key, because its cloud-init cannot read IMDSv2. */
function tokensHint({ options }: Bake, { key, source }: ConnectTo, { code }: BakeError): string | undefined {
  const isDefault = !options.metadata_options?.http_tokens && whyNoTokens(source) === undefined && !source.imdsV2;
  if (code !== "ssh-authentication-failed" || key.keyName === undefined || !isDefault) return undefined;
  return 'If the image has a cloud-init from before 2020, which cannot read IMDSv2, set "http_tokens" to "optional" in "metadata_options".';
}
