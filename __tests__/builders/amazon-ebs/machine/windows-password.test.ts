import { generateKeyPairSync } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  DescribeImagesCommand,
  ImportKeyPairCommand,
  RunInstancesCommand,
  TerminateInstancesCommand,
} from "@aws-sdk/client-ec2";
import { beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import type { Bake } from "../../../../src/builders/amazon-ebs/bake.js";
import { ownPasswordKey, windowsPassword } from "../../../../src/builders/amazon-ebs/machine/windows-password.js";
import type { Json } from "../../../../src/options/collections.js";
import { encodeKey } from "../../../../src/ssh/keys/encode.js";
import { generateKeyPair, type SshKeyPair } from "../../../../src/ssh/keys/key-pair.js";
import { impatient, testCloud } from "../../../support/cloud.js";
import { partContext } from "../../../support/context.js";
import { temporaryFolder } from "../../../support/folder.js";
import { placeOf } from "../bake.js";
import { optionsOf } from "../options.js";

const cloud = testCloud({ scale: 1 });
const folder = temporaryFolder("windows-password");
const signal = new AbortController().signal;
const WINRM = { communicator: "winrm", winrm_username: "Administrator", ssh_username: "" } as const;
let pair: SshKeyPair;

beforeAll(async () => {
  pair = await generateKeyPair("rsa", { comment: "k" });
});
beforeEach(() => cloud.endpoint().forget());

function bakeWith(given: Readonly<Record<string, Json>> = {}) {
  const part = partContext(folder());
  const context = { ...part, surroundings: { ...part.surroundings, clock: impatient }, place: placeOf };
  const bake = { context, options: optionsOf({ ...WINRM, ...given }), session: cloud.session() } as unknown as Bake;
  return { bake, events: part.events };
}

/** Launches a Windows instance with the key pair. */
async function launch(publicKey: string): Promise<string> {
  const ec2 = await cloud.session().ec2("us-east-1");
  const KeyName = `k-${crypto.randomUUID()}`;
  await ec2.send(new ImportKeyPairCommand({ KeyName, PublicKeyMaterial: Buffer.from(publicKey) }), signal);
  await impatient.sleep(3000);
  const Filters = [{ Name: "name", Values: ["Windows_Server-2025-*"] }];
  const { Images } = await ec2.send(new DescribeImagesCommand({ Filters }), signal);
  const input = { ImageId: Images?.[0]?.ImageId, InstanceType: "t3.large", KeyName, MinCount: 1, MaxCount: 1 } as const;
  const { Instances } = await ec2.send(new RunInstancesCommand(input), signal);
  await impatient.sleep(8000);
  return Instances?.[0]?.InstanceId ?? "";
}

const key = (temporary: SshKeyPair | undefined) => ({ keyName: "k", temporary, isSent: false, own: undefined });
const calls = () =>
  cloud
    .endpoint()
    .calls()
    .filter(({ action }) => action === "GetPasswordData");

describe("the password of Windows", () => {
  test("is waited for with progress, decrypted, and redacted before anything shows it", async () => {
    const id = await launch(pair.publicKey);
    const { bake, events } = bakeWith();
    const password = await windowsPassword(bake, id, key(pair));
    expect(password).toMatch(/^\S{32}$/);
    expect(calls().length).toBeGreaterThan(10);
    const progress = events.filter((event) => event.type === "progress");
    expect(progress).toContainEqual(expect.objectContaining({ what: `the password of instance ${id}` }));
    const secret = events.findIndex((event) => event.type === "secret" && event.value === password);
    expect(secret).toBeGreaterThan(0);
    expect(events[secret + 1]).toMatchObject({ type: "say", text: "Password retrieved!" });
    expect(JSON.stringify(events.slice(0, secret))).not.toContain(password);
  });

  test("of the template is used without a wait", async () => {
    const { bake, events } = bakeWith({ winrm_password: "s3cret" });
    expect(await windowsPassword(bake, "i-0123456789abcdef0", key(undefined))).toBe("s3cret");
    expect(calls()).toEqual([]);
    expect(events[0]).toMatchObject({ type: "secret", value: "s3cret" });
  });

  test("that does not come in time is an error that names the likely reasons", async () => {
    const id = await launch(pair.publicKey);
    const { bake } = bakeWith({ windows_password_timeout: "40s" });
    await expect(windowsPassword(bake, id, key(pair))).rejects.toMatchObject({
      code: "no-windows-password",
      resource: id,
      message: expect.stringMatching(/^EC2 returned no password of instance i-\w+ within 4\d?s?/),
      hint: expect.stringMatching(/"windows_password_timeout".* without sysprep.*"winrm_password"/),
    });
  });

  test("of an instance that was terminated is not waited for", async () => {
    const id = await launch(pair.publicKey);
    const ec2 = await cloud.session().ec2("us-east-1");
    await ec2.send(new TerminateInstancesCommand({ InstanceIds: [id] }), signal);
    await expect(windowsPassword(bakeWith().bake, id, key(pair))).rejects.toMatchObject({
      code: "instance-ended",
      message: expect.stringMatching(
        /^Instance i-\w+ is (shutting-down|terminated) before Windows has set its password/,
      ),
    });
  });

  test("that was encrypted for another key is an error, not random bytes", async () => {
    const id = await launch(pair.publicKey);
    const other = await generateKeyPair("rsa", { comment: "other" });
    await expect(windowsPassword(bakeWith().bake, id, key(other))).rejects.toMatchObject({
      code: "windows-password-not-decrypted",
      message: `The password of instance ${id} could not be decrypted`,
    });
  });

  test("is decrypted with the template's own key in any format", async () => {
    const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
    const { type, blob } = encodeKey(privateKey) ?? { type: "", blob: Buffer.alloc(0) };
    const id = await launch(`${type} ${blob.toString("base64")} own`);
    writeFileSync(join(folder(), "own.pem"), privateKey.export({ type: "pkcs8", format: "pem" }));
    const { bake } = bakeWith({ ssh_keypair_name: "own", ssh_private_key_file: join(folder(), "own.pem") });
    const own = await ownPasswordKey(bake);
    expect(await windowsPassword(bake, id, { ...key(undefined), own })).toMatch(/^\S{32}$/);
  });
});

describe("the template's own key", () => {
  test.each<[string, Readonly<Record<string, Json>>]>([
    ["is not read with a password", { winrm_password: "x", ssh_private_key_file: "/nowhere" }],
    ["is not needed for the temporary one", {}],
  ])("%s", async (_what, given) => {
    expect(await ownPasswordKey(bakeWith(given).bake)).toBeUndefined();
  });

  test.each([
    ["is missing", () => "/nowhere/key.pem", "own", /^Could not read "ssh_private_key_file": .*\/nowhere\/key\.pem/],
    [
      "is no RSA key",
      (ed: string) => ed,
      "own",
      /cannot decrypt the password of Windows: the key in ".*" is not an RSA key/,
    ],
    ["has no key pair", (ed: string) => ed, "", /^"ssh_private_key_file" needs "ssh_keypair_name": EC2 encrypts/],
  ])("that %s is refused before anything is created", async (_what, path, name, message) => {
    const file = join(folder(), "ed25519");
    writeFileSync(file, (await generateKeyPair("ed25519", { comment: "k" })).privateKey);
    const { bake } = bakeWith({ ssh_keypair_name: name, ssh_private_key_file: path(file) });
    await expect(ownPasswordKey(bake)).rejects.toMatchObject({
      code: "windows-key-invalid",
      message: expect.stringMatching(message),
      range: expect.objectContaining({ file: "ssh_private_key_file" }),
    });
    expect(cloud.endpoint().calls()).toEqual([]);
  });
});
