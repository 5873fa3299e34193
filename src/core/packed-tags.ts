import { OWNER, TAG } from "./ownership.js";

type Tags = Readonly<Record<string, string>>;

/** The number of tags that a resource can have, and the longest value in characters (EC2 user guide, "Tag restrictions"). */
export const MOST_TAGS = 50;
const LONGEST_VALUE = 256;

/** How one tag is written in a packed value. */
interface Field {
  readonly tag: string;
  readonly name: string;
  encode?(value: string): string;
  decode?(text: string): string;
}

/**
 * What stays when an image is finished. It is written into `bake-ami:build`, after the build: `amazon-ebs.web repo:acme/images image:web`.
 */
const LASTING: readonly Field[] = [
  { tag: TAG.repository, name: "repo" },
  { tag: TAG.image, name: "image" },
  { tag: TAG.fingerprint, name: "hash", encode: hexToBase64, decode: base64ToHex },
  { tag: TAG.origin, name: "origin", encode: shortOrigin, decode: longOrigin },
  { tag: TAG.names, name: "names" },
];

/** What a live run changes, and what is removed with the key. It is written into `bake-ami:key`, after the key. */
const CHANGING: readonly Field[] = [
  { tag: TAG.run, name: "run" },
  { tag: TAG.attempt, name: "attempt" },
  { tag: TAG.expires, name: "expires" },
  { tag: TAG.lease, name: "lease" },
];
const UNFINISHED: Field = { tag: TAG.unfinished, name: "missing" };
const FINAL_NAME: Field = { tag: TAG.finalName, name: "name" };

const LASTING_READ = byName([...LASTING, FINAL_NAME]);
const CHANGING_READ = byName([...CHANGING, UNFINISHED, FINAL_NAME]);

/** Room for a lease in `bake-ami:key`, because a later run can add one. */
const LEASE_ROOM = " lease:2026-11-30T12:00:00.000Z".length;

/** A value with fields. Only fields have a space before them: spaces in values are encoded. */
const PACKED = /^\S+(?: [a-z]+:\S*)+$/;
const PACKED_KEY = /^\S+(?: [a-z]+:\S*)*$/;

/**
 * Returns tags with those of bake-ami in three: `bake-ami:owner`, `bake-ami:build` and `bake-ami:key`. A tag that has no room there stays a
 * tag of its own, and of a long list of missing Regions only the beginning is written. The other tags are not changed.
 */
export function packTags(tags: Tags): Tags {
  const { [TAG.build]: build, [TAG.key]: key } = tags;
  if (build === undefined) return tags;
  const rest = new Map(Object.entries(tags));
  const lasting = startRoom(build);
  for (const field of LASTING) addField(lasting, field, rest);
  // The repository as a tag of its own says that the others are, too.
  if (lasting.left < 0 || rest.has(TAG.repository)) return tags;
  rest.set(TAG.build, lasting.text);
  if (key === undefined) return Object.fromEntries(rest);
  const changing = startRoom(key);
  if (changing.left < 0) return Object.fromEntries(rest);
  const [run] = key.split("/");
  if (rest.get(TAG.run) === run) rest.delete(TAG.run);
  if (!rest.has(TAG.lease)) changing.left -= LEASE_ROOM;
  for (const field of CHANGING) addField(changing, field, rest);
  addField(lasting, FINAL_NAME, rest);
  addField(changing, FINAL_NAME, rest);
  addMissing(changing, rest);
  rest.set(TAG.build, lasting.text);
  rest.set(TAG.key, changing.text);
  return Object.fromEntries(rest);
}

/** Returns tags as `packTags` got them. Tags that are not packed are returned as they are. */
export function unpackTags(stored: Tags): Record<string, string> {
  const tags: Record<string, string> = { ...stored };
  const retired = /^(\S+) expires:(\S+)$/.exec(stored[TAG.retired] ?? "");
  if (retired?.[1] && retired[2]) Object.assign(tags, { [TAG.retired]: retired[1], [TAG.expires]: retired[2] });
  if (!arePacked(stored)) return tags;
  Object.assign(tags, readFields(TAG.build, stored[TAG.build] ?? "", LASTING_READ));
  const key = stored[TAG.key];
  if (key === undefined || !PACKED_KEY.test(key)) return tags;
  Object.assign(tags, readFields(TAG.key, key, CHANGING_READ));
  const [run] = (tags[TAG.key] ?? "").split("/");
  if (tags[TAG.run] === undefined && run) tags[TAG.run] = run;
  return tags;
}

/**
 * Returns whether the stored tags of a resource are packed. While an existing resource is packed, the repository can still be a tag of its
 * own, with the same value.
 */
export function arePacked(stored: Tags): boolean {
  const { [TAG.owner]: owner, [TAG.build]: build = "", [TAG.repository]: own } = stored;
  if (owner !== OWNER || !PACKED.test(build)) return false;
  const packed = readFields(TAG.build, build, LASTING_READ)[TAG.repository];
  return packed !== undefined && (own === undefined || own === packed);
}

/** Returns the patterns of an EC2 filter for the values of `bake-ami:build` or `bake-ami:key`, as a tag of its own and packed. */
export function storedValues(value: string): string[] {
  return [value, `${encode(value)} *`];
}

/** Returns the pattern of an EC2 filter for `bake-ami:build` that finds packed tags with this fingerprint. */
export function packedFingerprint(hash: string): string {
  return `* hash:${hexToBase64(hash)}*`;
}

/** Returns the value of `bake-ami:retired` with the expiry in it, for a snapshot that has no room for two more tags. */
export function packRetired(image: string, expires: string): string {
  return `${image} expires:${expires}`;
}

/** A value that tags are written into, and how many characters it can still have. */
interface Room {
  text: string;
  left: number;
}

function startRoom(value: string): Room {
  const text = encode(value);
  return { text, left: LONGEST_VALUE - text.length };
}

/** Moves a tag into the room, if it exists and has room. */
function addField(room: Room, { tag, name, encode: special }: Field, rest: Map<string, string>): void {
  const value = rest.get(tag);
  if (value === undefined) return;
  const added = ` ${name}:${encode(special?.(value) ?? value)}`;
  if (added.length > room.left) return;
  room.text += added;
  room.left -= added.length;
  rest.delete(tag);
}

/** Moves the list of missing Regions into the room: all of it, or its first items. */
function addMissing(room: Room, rest: Map<string, string>): void {
  const items = (rest.get(TAG.unfinished) ?? "").split(" ");
  for (let count = items.length; count > 0 && rest.has(TAG.unfinished); count--) {
    rest.set(TAG.unfinished, items.slice(0, count).join(" "));
    addField(room, UNFINISHED, rest);
  }
}

function byName(fields: readonly Field[]): ReadonlyMap<string, Field> {
  return new Map(fields.map((field) => [field.name, field]));
}

function readFields(tag: string, value: string, fields: ReadonlyMap<string, Field>): Tags {
  const [first = "", ...others] = value.split(" ");
  const read = others.flatMap((text) => {
    const colon = text.indexOf(":");
    const field = fields.get(text.slice(0, colon));
    if (field === undefined) return [];
    const plain = decode(text.slice(colon + 1));
    return [[field.tag, field.decode?.(plain) ?? plain] as const];
  });
  return { [tag]: decode(first), ...Object.fromEntries(read) };
}

/** Writes characters other than letters, digits and `_.:/+-@` as `=` and two hexadecimal digits for each byte, also spaces and `=`. */
function encode(text: string): string {
  return text.replace(/[^\p{L}\p{N}_.:/+\-@]/gu, (character) =>
    [...Buffer.from(character)].map((byte) => `=${byte.toString(16).toUpperCase().padStart(2, "0")}`).join(""),
  );
}

function decode(text: string): string {
  return text.replace(/(?:=[0-9A-F]{2})+/g, (bytes) => Buffer.from(bytes.replaceAll("=", ""), "hex").toString());
}

function hexToBase64(hash: string): string {
  return /^[0-9a-f]{64}$/.test(hash) ? Buffer.from(hash, "hex").toString("base64url") : hash;
}

function base64ToHex(text: string): string {
  return /^[\w-]{43}$/.test(text) ? Buffer.from(text, "base64url").toString("hex") : text;
}

/** Writes `2026-11-30T10:00:00.000Z ami-1` as the time in base 36, a slash, and the ID. */
function shortOrigin(origin: string): string {
  const [, time, id] = /^(\S+Z) (ami-\S+)$/.exec(origin) ?? [];
  const at = Date.parse(time ?? "");
  return Number.isNaN(at) || new Date(at).toISOString() !== time ? origin : `${at.toString(36)}/${id}`;
}

function longOrigin(text: string): string {
  const [, time, id] = /^([0-9a-z]{1,9})\/(ami-\S+)$/.exec(text) ?? [];
  const at = new Date(Number.parseInt(time ?? "", 36));
  return Number.isNaN(at.getTime()) ? text : `${at.toISOString()} ${id}`;
}
