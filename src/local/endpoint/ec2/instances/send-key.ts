import { randomUUID } from "node:crypto";
import type { Actions, Handler } from "../../call.js";
import { refusal } from "../../wire/errors.js";
import { required } from "../../wire/query.js";
import { instanceState } from "../states.js";

/** Names of users that the service accepts: those of Linux systems, and of domains. */
const USER = /^[A-Za-z0-9_][A-Za-z0-9@._-]{0,30}[A-Za-z0-9$_-]?$/;

/** Bits of the RSA keys that are accepted, by the bytes of their data in OpenSSH format. */
const RSA_SIZES = new Map([
  [279, 2048],
  [535, 4096],
]);

/** SendSSHPublicKey (EC2 Instance Connect API reference). Every image has the part on the instance that reads the key. */
const sendPublicKey: Handler = async (call) => {
  const { cloud, region, params } = call;
  const id = required(params, "InstanceId");
  const user = required(params, "InstanceOSUser");
  const publicKey = required(params, "SSHPublicKey").trim();
  if (!USER.test(user)) throw refusal("InvalidArgsException", `Value '${user}' at 'instanceOSUser' is not valid`);
  if (!isAccepted(publicKey)) throw refusal("InvalidArgsException", "Invalid argument: SSHPublicKey");
  const instance = region.instances.get(id);
  if (instance === undefined || instanceState(cloud, instance) === "terminated") {
    throw refusal("EC2InstanceNotFoundException", `Instance not found: ${id}`, 404);
  }
  const state = instanceState(cloud, instance);
  if (state !== "running") {
    throw refusal("EC2InstanceStateInvalidException", `Instance ${id} is not running: it is ${state}`);
  }
  await cloud.sandboxes?.sendKey(id, user, publicKey);
  return { RequestId: randomUUID(), Success: true };
};

function isAccepted(publicKey: string): boolean {
  const [type = "", data = ""] = publicKey.split(/\s+/);
  if (type === "ssh-ed25519") return /^[A-Za-z0-9+/]+=*$/.test(data);
  return type === "ssh-rsa" && RSA_SIZES.has(Buffer.from(data, "base64").length);
}

/** The calls of EC2 Instance Connect. */
export const sendKeyActions: Actions = { SendSSHPublicKey: sendPublicKey };
