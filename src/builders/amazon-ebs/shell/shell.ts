import type { CallScope } from "../../../aws/client/session.js";
import { describeImage } from "../../../aws/image.js";
import { describeInstance, type FoundInstance } from "../../../aws/instance.js";
import { BakeError } from "../../../core/errors.js";
import { setting } from "../../../core/setting.js";
import type { UserStreams } from "../../../core/user-streams.js";
import { connectUntilReady } from "../../../ssh/connect/connect-loop.js";
import { loadConnector, plainTarget, type SshTarget } from "../../../ssh/connect/connector.js";
import type { KeySource } from "../../../ssh/keys/credentials.js";
import { generateKeyPair } from "../../../ssh/keys/key-pair.js";
import { runShell } from "../../../ssh/shell.js";
import { sentKey } from "../machine/sent-key.js";
import { whyRsaKey } from "../machine/source-system.js";
import { openShellWay, type ShellAccess, type ShellWay } from "./shell-way.js";

/** What a shell in an instance is opened with. */
export interface ShellRequest {
  readonly instanceId: string;
  readonly access: ShellAccess;
  /** Undefined is the default user of the source image. */
  readonly user: string | undefined;
  /** Absolute path of a private key; undefined sends a new key with EC2 Instance Connect. */
  readonly keyFile: string | undefined;
  readonly port: number;
  /** A command to run instead of a login shell. */
  readonly command: readonly string[];
}

/** Limits of a login to an instance that runs: the time of all attempts in milliseconds, and refused logins. */
const LIMITS = { timeout: 60_000, handshakeAttempts: 3 };

/**
 * Opens a shell in a running instance, such as one that a failed bake kept, on the user's streams. Returns its exit code. Throws a `BakeError`
 * for an instance that does not run, and for a login that fails. `report` gets a line for the user.
 */
export async function openInstanceShell(
  scope: CallScope,
  request: ShellRequest,
  streams: UserStreams,
  report: (line: string) => void,
): Promise<number> {
  const instance = await runningInstance(scope, request.instanceId);
  const login = await loginOf(scope, instance, request);
  const way = await openShellWay(scope, instance, request);
  try {
    const target = targetOf(scope, request, { ...login, way });
    const { session, signal } = scope;
    report(
      `Connecting to ${instance.id} as ${login.user}${way.way ? ` through ${way.way.name}` : ` (${way.address})`}...`,
    );
    const connection = await connectUntilReady(await loadConnector(target, session.clock.now()), {
      clock: session.clock,
      signal,
      limits: LIMITS,
      onAttempt: (_elapsed, reason) => session.debug(() => `Login to ${instance.id}: ${reason}`),
    }).catch((error: unknown) => Promise.reject(withShellHint(error, request)));
    try {
      return await runShell(connection, request.command, streams, signal);
    } finally {
      await connection.close();
    }
  } finally {
    await way.close();
  }
}

async function runningInstance(scope: CallScope, id: string): Promise<FoundInstance> {
  const { region } = scope;
  if (!/^i-([0-9a-f]{8}|[0-9a-f]{17})$/.test(id)) {
    throw new BakeError(`"${id}" is not the ID of an instance`, {
      code: "instance-id-invalid",
      hint: "Set an ID such as i-0123456789abcdef0. A failed bake that keeps its instance prints it.",
    });
  }
  const instance = await describeInstance(scope, id);
  if (!instance) {
    throw new BakeError(`Instance "${id}" does not exist in ${region}`, {
      code: "instance-not-found",
      hint: `Check the ID, and set ${setting("region")} to the Region of the instance.`,
    });
  }
  if (instance.state === "running") return instance;
  throw new BakeError(`Instance ${id} is ${instance.state}${instance.reason ? ` (${instance.reason})` : ""}`, {
    code: "instance-not-running",
    resource: id,
    region,
    hint:
      instance.state === "stopped"
        ? `Start it: aws ec2 start-instances --instance-ids ${id} --region ${region}`
        : undefined,
  });
}

/** The user and the key of a login. */
interface ShellLogin {
  readonly user: string;
  readonly key: KeySource;
  /** The public key to send; undefined for a key that the instance has. */
  readonly publicKey: string | undefined;
}

async function loginOf(scope: CallScope, { imageId }: FoundInstance, request: ShellRequest): Promise<ShellLogin> {
  const image = request.user && request.keyFile ? undefined : await describeImage(scope, imageId);
  const user = request.user ?? loginUserOf(image?.name ?? "");
  if (user === undefined) {
    throw new BakeError(`The login user of ${imageId} is not known${image ? ` (image "${image.name}")` : ""}`, {
      code: "no-login-user",
      hint: 'Set -ssh-username to the "ssh_username" of the template.',
    });
  }
  if (request.keyFile) return { user, key: { from: "file", path: request.keyFile }, publicKey: undefined };
  const type = image && whyRsaKey(image) !== undefined ? "rsa" : "ed25519";
  const pair = await generateKeyPair(type, { comment: "bake-ami-shell", bits: 4096 });
  return { user, key: { from: "text", text: pair.privateKey }, publicKey: pair.publicKey };
}

function targetOf(
  scope: CallScope,
  { instanceId, port }: ShellRequest,
  { user, key, publicKey, way: { address, way } }: ShellLogin & { readonly way: ShellWay },
): SshTarget {
  return plainTarget(
    { address, port, user, key },
    {
      way,
      sentKey: publicKey === undefined ? undefined : sentKey({ ...scope, user }, instanceId, publicKey),
      debug: scope.session.debug,
    },
  );
}

/** Replaces hints about options of templates by those about flags. */
function withShellHint(error: unknown, { keyFile, user }: ShellRequest): unknown {
  if (!(error instanceof BakeError)) return error;
  const hint = hintFor(error, { keyFile, user });
  if (hint === undefined) return error;
  const { code, resource, region } = error;
  return new BakeError(error.message, { code, resource, region, cause: error, hint });
}

function hintFor({ code, hint = "" }: BakeError, { keyFile, user }: Pick<ShellRequest, "keyFile" | "user">) {
  if (code === "ssh-authentication-failed") {
    if (keyFile) return 'Check the key file and -ssh-username: the "ssh_username" of the template.';
    const other = user ? "" : " Set -ssh-username if the template sets another user.";
    return `${hint}${other} Or set -ssh-private-key-file to a key that the instance accepts.`;
  }
  if (code !== "ssh-timeout") return undefined;
  return `${hint.replace(/ Increase "ssh_timeout".*/, "")} Another way may be open: set -access to address, instance-connect-endpoint or session-manager.`;
}

/** Default users of images, by what is in their names (the distributions' documentation of their AMIs). */
const USERS: readonly (readonly [RegExp, string])[] = [
  [/ubuntu/i, "ubuntu"],
  [/debian/i, "admin"],
  [/rocky/i, "rocky"],
  [/centos/i, "centos"],
  [/fedora/i, "fedora"],
  [/bitnami/i, "bitnami"],
  [/^(amzn|al20\d\d|rhel|suse|almalinux|openeuler|flatcar)|amazon linux|red ?hat/i, "ec2-user"],
];

/** Returns the default user of an image; undefined if its name does not show its distribution. */
export function loginUserOf(imageName: string): string | undefined {
  return USERS.find(([pattern]) => pattern.test(imageName))?.[1];
}
