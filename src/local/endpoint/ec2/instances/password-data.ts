import { constants, createPublicKey, type KeyObject, publicEncrypt } from "node:crypto";
import { type Actions, endDryRun, type Handler } from "../../call.js";
import { timestamp } from "../../times.js";
import { required } from "../../wire/query.js";
import { find } from "../ids.js";

/** The bytes of the fields of a public key blob (RFC 4253 §6.6). */
function fieldsOf(blob: Buffer): readonly Buffer[] {
  const fields: Buffer[] = [];
  for (let at = 0; at + 4 <= blob.length; ) {
    const end = at + 4 + blob.readUInt32BE(at);
    fields.push(blob.subarray(at + 4, end));
    at = end;
  }
  return fields;
}

/** The RSA key of a line of `authorized_keys`; undefined for a key of another type. */
function rsaKeyOf(line: string): KeyObject | undefined {
  const [type, blob = ""] = line.split(" ");
  if (type !== "ssh-rsa") return undefined;
  const [, e, n] = fieldsOf(Buffer.from(blob, "base64"));
  if (e === undefined || n === undefined) return undefined;
  const text = (bytes: Buffer) => bytes.toString("base64url");
  // A leading zero only keeps the sign.
  const modulus = n[0] === 0 ? n.subarray(1) : n;
  return createPublicKey({ key: { kty: "RSA", e: text(e), n: text(modulus) }, format: "jwk" });
}

/**
 * GetPasswordData: the administrator's password, encrypted with the launch's key (PKCS #1 v1.5) and between line breaks, as EC2 returns it.
 * Empty for an instance without an RSA key or without Windows, and until EC2Launch has set the password.
 */
const getPasswordData: Handler = (call) => {
  const { cloud, region, params } = call;
  const instance = find(call, "instance", region.instances, required(params, "InstanceId"));
  endDryRun(call);
  const line = region.keyPairs.get(instance.keyName ?? "")?.publicKey;
  const key = line === undefined ? undefined : rsaKeyOf(line);
  const password = instance.windowsPassword;
  const isSet = cloud.time.now() >= instance.bornAt + cloud.time.of("launch") + cloud.time.of("password");
  const sealed =
    password !== undefined && key !== undefined && isSet
      ? publicEncrypt({ key, padding: constants.RSA_PKCS1_PADDING }, Buffer.from(password)).toString("base64")
      : undefined;
  return {
    instanceId: instance.id,
    timestamp: timestamp(cloud.time.now()),
    passwordData: sealed === undefined ? "" : `\r\n${sealed}\r\n`,
  };
};

/** Handlers of the calls about the passwords of Windows instances. */
export const passwordActions: Actions = { GetPasswordData: getPasswordData };
