import { createHash, generateKeyPair } from "node:crypto";
import { promisify } from "node:util";
import { type Actions, type ApiCall, DONE, endDryRun, type Handler } from "../call.js";
import { newId } from "../records.js";
import { timestamp } from "../times.js";
import { missing, refusal } from "../wire/errors.js";
import type { FilterFields } from "../wire/filters.js";
import { flag, required, text, texts } from "../wire/query.js";
import type { Members } from "../wire/xml.js";
import { describeRows, withoutIds } from "./describe.js";
import type { KeyPair } from "./model.js";
import { openSshPrivateKey, openSshPublicKey } from "./open-ssh-key.js";
import { tagSet, tagSpecifications, tagsFor } from "./tags.js";

const generate = promisify(generateKeyPair);

function checkFree(call: ApiCall, name: string): void {
  if (call.region.keyPairs.has(name)) {
    throw refusal("InvalidKeyPair.Duplicate", `The keypair '${name}' already exists.`);
  }
}

function keyItem(key: KeyPair): Members {
  return { keyName: key.name, keyFingerprint: key.fingerprint, keyPairId: key.id, tagSet: tagSet(key.tags) };
}

const importKeyPair: Handler = (call) => {
  const { params, region } = call;
  const name = required(params, "KeyName");
  const line = Buffer.from(required(params, "PublicKeyMaterial"), "base64").toString("utf8").trim();
  const found = /^(ssh-rsa|ssh-ed25519) ([A-Za-z0-9+/]+=*)/.exec(line);
  if (found?.[1] === undefined || found[2] === undefined) {
    throw refusal("InvalidKey.Format", "Key is not in valid OpenSSH public key format");
  }
  const tags = tagSpecifications(params, ["key-pair"]);
  checkFree(call, name);
  endDryRun(call);
  const blob = Buffer.from(found[2], "base64");
  const key: KeyPair = {
    id: newId("key"),
    bornAt: call.cloud.time.now(),
    name,
    type: found[1] === "ssh-rsa" ? "rsa" : "ed25519",
    fingerprint: found[1] === "ssh-rsa" ? colons("md5", blob) : createHash("sha256").update(blob).digest("base64"),
    publicKey: line,
    tags: tagsFor(tags, "key-pair"),
  };
  region.keyPairs.set(name, key);
  return keyItem(key);
};

function colons(algorithm: "md5" | "sha1", bytes: Uint8Array): string {
  return (createHash(algorithm).update(bytes).digest("hex").match(/../g) ?? []).join(":");
}

/** CreateKeyPair. The private key is returned once, in PEM (PKCS#1) for RSA and in OpenSSH's format for ED25519. */
const createKeyPair: Handler = async (call) => {
  const { params, region } = call;
  const name = required(params, "KeyName");
  const type = text(params, "KeyType") || "rsa";
  if (type !== "rsa" && type !== "ed25519") {
    throw refusal(
      "InvalidParameterValue",
      `Value (${type}) for parameter KeyType is invalid. Valid values: rsa, ed25519.`,
    );
  }
  if (text(params, "KeyFormat") === "ppk") {
    throw refusal("InvalidParameterValue", "The local cloud makes keys in the pem format only.");
  }
  const tags = tagSpecifications(params, ["key-pair"]);
  checkFree(call, name);
  endDryRun(call);
  const pair = type === "rsa" ? await generate("rsa", { modulusLength: 2048 }) : await generate("ed25519");
  checkFree(call, name);
  const keyMaterial =
    type === "rsa"
      ? pair.privateKey.export({ type: "pkcs1", format: "pem" }).toString()
      : openSshPrivateKey(pair.privateKey);
  const der = pair.privateKey.export({ type: "pkcs8", format: "der" });
  const key: KeyPair = {
    id: newId("key"),
    bornAt: call.cloud.time.now(),
    name,
    type,
    fingerprint: colons("sha1", der),
    publicKey: `${openSshPublicKey(pair.publicKey)} ${name}`,
    tags: tagsFor(tags, "key-pair"),
  };
  region.keyPairs.set(name, key);
  return { ...keyItem(key), keyMaterial };
};

const KEY_FILTERS: FilterFields<KeyPair> = {
  "key-name": (row) => row.name,
  "key-pair-id": (row) => row.id,
  fingerprint: (row) => row.fingerprint,
};

const describeKeyPairs: Handler = (call) => {
  const { region, params } = call;
  const names = texts(params, "KeyName");
  const ids = texts(params, "KeyPairId");
  const all = [...region.keyPairs.values()];
  for (const wanted of [...names, ...ids]) {
    if (!all.some((key) => key.name === wanted || key.id === wanted)) {
      throw refusal("InvalidKeyPair.NotFound", `The key pair '${wanted}' does not exist`);
    }
  }
  const rows = all.filter((key) => names.length + ids.length === 0 || names.includes(key.name) || ids.includes(key.id));
  const shown = flag(params, "IncludePublicKey") === true;
  return describeRows(call, "keySet", withoutIds(rows), {
    filters: KEY_FILTERS,
    tagsOf: (row) => row.tags,
    item: (key) => ({
      ...keyItem(key),
      keyType: key.type,
      createTime: timestamp(key.bornAt),
      publicKey: shown ? key.publicKey : undefined,
    }),
  });
};

/** DeleteKeyPair. A name that does not exist counts as deleted; an id that does not exist is an error. */
const deleteKeyPair: Handler = (call) => {
  const { region, params } = call;
  const name = text(params, "KeyName");
  const id = text(params, "KeyPairId");
  if (!name && !id) throw missing("KeyName or KeyPairId");
  const key = [...region.keyPairs.values()].find((found) => found.name === name || found.id === id);
  if (key === undefined && id) throw refusal("InvalidKeyPair.NotFound", `The key pair '${id}' does not exist`);
  endDryRun(call);
  if (key === undefined) return DONE;
  region.keyPairs.delete(key.name);
  return { return: true, keyPairId: key.id };
};

/** Handlers of the calls about key pairs. */
export const keyPairActions: Actions = {
  ImportKeyPair: importKeyPair,
  CreateKeyPair: createKeyPair,
  DescribeKeyPairs: describeKeyPairs,
  DeleteKeyPair: deleteKeyPair,
};
