import type { KeyObject } from "node:crypto";
import { rm, writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import type { FoundImage } from "../../../aws/image.js";
import { importKeyPair } from "../../../aws/key-pair.js";
import type { ResourceTags } from "../../../aws/tags.js";
import { acquire } from "../../../cleanup/acquire.js";
import { generateKeyPair, type SshKeyPair } from "../../../ssh/keys/key-pair.js";
import { runBuilderStep } from "../../step.js";
import { type Bake, inRegion } from "../bake.js";
import { whyRsaKey } from "./source-system.js";

/** The key pair of the launch, if any, and the key pair created for this build, if any. */
export interface LaunchKey {
  readonly keyName: string | undefined;
  readonly temporary: SshKeyPair | undefined;
  /** Whether the temporary key is sent before each login (`ssh_keypair`) and is not that of the launch. */
  readonly isSent: boolean;
  /** The template's own key that decrypts the password of Windows; undefined for the temporary one. */
  readonly own: KeyObject | undefined;
}

/**
 * Uses the template's key, password or agent if it sets one (Packer §3.1.5). Otherwise creates a key pair; EC2 gets only the public key.
 * `passwordKey`: the template's own key for the password of Windows.
 */
export async function prepareKey(
  bake: Bake,
  source: FoundImage,
  tags: ResourceTags,
  passwordKey: KeyObject | undefined,
): Promise<LaunchKey> {
  const { options, context } = bake;
  const keyName = options.ssh_keypair_name || undefined;
  const own: LaunchKey = { keyName, temporary: undefined, isSent: false, own: passwordKey };
  if (options.communicator === "winrm") {
    return runBuilderStep(context, "key-pair", "Preparing the key of the password", async () => {
      if (keyName === undefined) return createTemporaryKey(bake, source, tags);
      context.narrator.say(`Using existing key pair ${keyName}`);
      return own;
    });
  }
  return runBuilderStep(context, "key-pair", "Preparing the SSH key", async () => {
    if (options.communicator === "none") return own;
    if (options.ssh_private_key_file) {
      context.narrator.say("Using existing SSH private key");
      return own;
    }
    if (options.ssh_agent_auth) {
      context.narrator.say(
        options.ssh_keypair_name
          ? `Using SSH Agent for existing key pair ${options.ssh_keypair_name}`
          : "Using SSH Agent with key pair in source AMI",
      );
      return own;
    }
    if (options.ssh_password) {
      context.narrator.say("Using the SSH password of the template");
      return own;
    }
    return options.ssh_keypair === "instance-connect"
      ? generateSentKey(bake, source)
      : createTemporaryKey(bake, source, tags);
  });
}

/** Returns whether the bake creates a key pair. */
export function createsKeyPair(options: Bake["options"]): boolean {
  if (options.communicator === "winrm") return !options.ssh_keypair_name;
  const isGiven = options.ssh_private_key_file || options.ssh_agent_auth || options.ssh_password;
  return options.communicator === "ssh" && !isGiven && options.ssh_keypair !== "instance-connect";
}

/** Generates a key that EC2 gets only with each login: the launch has no key pair. */
async function generateSentKey(bake: Bake, source: FoundImage): Promise<LaunchKey> {
  const pair = await generateKey(bake, source, `bake-ami_${bake.context.surroundings.ids.uuid()}`);
  bake.context.narrator.say("Using a temporary key that EC2 Instance Connect sends before each login");
  return { keyName: undefined, temporary: pair, isSent: true, own: undefined };
}

async function generateKey(bake: Bake, source: FoundImage, comment: string): Promise<SshKeyPair> {
  const { options, context } = bake;
  const { type, bits, why } = keyType(options, source);
  context.surroundings.debug(() => `Key type: ${type} (${why})`);
  const pair = await generateKeyPair(type, { comment, bits });
  context.narrator.secret(pair.privateKey);
  if (context.settings.debug) await saveKey(bake, pair.privateKey);
  return pair;
}

async function createTemporaryKey(bake: Bake, source: FoundImage, tags: ResourceTags): Promise<LaunchKey> {
  const { options, context, session } = bake;
  const name = options.temporary_key_pair_name || `packer_${context.surroundings.ids.uuid()}`;
  const pair = await generateKey(bake, source, name);
  context.narrator.say(`Creating temporary keypair: ${name}`);
  await acquire({
    context,
    session,
    kind: "key-pair",
    region: session.region,
    name,
    create: (stamp) => importKeyPair(inRegion(bake), { name, publicKey: pair.publicKey, tags }, stamp),
  });
  return { keyName: name, temporary: pair, isSent: false, own: undefined };
}

/** Returns the type of the key and the bits of an RSA key: the template's, else what the source image accepts. */
function keyType(options: Bake["options"], source: FoundImage) {
  const { temporary_key_pair_type: type, temporary_key_pair_bits: given } = options;
  const bits = given || undefined;
  if (type) return { type, bits, why: 'option "temporary_key_pair_type"' };
  if (options.communicator === "winrm") return { type: "rsa" as const, bits, why: "EC2 encrypts the password for it" };
  const why = whyRsaKey(source);
  if (why === undefined) return { type: "ed25519" as const, bits, why: "default" };
  return { type: "rsa" as const, bits: bits ?? 4096, why: `the source AMI is ${why}` };
}

/** `-debug`: saves the private key in the working directory until the build ends, to log in with (Packer §3.2). */
async function saveKey({ context }: Bake, privateKey: string): Promise<void> {
  const path = resolve(context.surroundings.cwd, `ec2_${context.identity.name.replace(/[^\w.-]/g, "_")}.pem`);
  await writeFile(path, privateKey, { mode: 0o600 });
  context.releases.defer({ name: path, run: () => rm(path, { force: true }) });
  context.narrator.message(`Saving key for debug purposes: ${path}`);
}
