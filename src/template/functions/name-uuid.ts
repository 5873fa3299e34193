import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { fail } from "./definition.js";

/** Namespaces of RFC 4122, appendix C. */
const NAMESPACES: Readonly<Record<string, string>> = {
  dns: "6ba7b810-9dad-11d1-80b4-00c04fd430c8",
  url: "6ba7b811-9dad-11d1-80b4-00c04fd430c8",
  oid: "6ba7b812-9dad-11d1-80b4-00c04fd430c8",
  x500: "6ba7b814-9dad-11d1-80b4-00c04fd430c8",
};

const HEX = "[0-9a-f]";
const UUID = new RegExp(`^(?:urn:uuid:)?\\{?(${HEX}{8}-${HEX}{4}-${HEX}{4}-${HEX}{4}-${HEX}{12}|${HEX}{32})\\}?$`, "i");

/** The UUID of version 5 for a name; `namespace` is `dns`, `url`, `oid`, `x500` or a UUID. Throws `FunctionError`. */
export function uuidV5(namespace: string, name: string): string {
  const text = Object.hasOwn(NAMESPACES, namespace) ? NAMESPACES[namespace] : UUID.exec(namespace)?.[1];
  if (text === undefined)
    return fail(`the namespace must be dns, url, oid, x500 or a UUID, not ${JSON.stringify(namespace)}`, 0);
  const bytes = createHash("sha1")
    .update(Buffer.from(text.replaceAll("-", ""), "hex"))
    .update(name)
    .digest()
    .subarray(0, 16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x50;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  return bytes.toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
