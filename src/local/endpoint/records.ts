import { createHash, randomBytes } from "node:crypto";

/** The one account of the local cloud. */
export const ACCOUNT = "123456789012";

/** Tags of one resource, by key. */
export type TagMap = Map<string, string>;

/** What every resource of EC2 has. */
export interface Resource {
  readonly id: string;
  /** When it was made, in milliseconds; it is unknown to other calls for a moment after. */
  readonly bornAt: number;
}

/** A new id: the prefix and 17 hexadecimal digits. */
export function newId(prefix: string): string {
  return `${prefix}-0${randomBytes(8).toString("hex")}`;
}

/** An id that is the same in each run, for what the local cloud has in stock. */
export function stockId(prefix: string, ...names: readonly string[]): string {
  return `${prefix}-0${createHash("sha256").update(names.join("\n")).digest("hex").slice(0, 16)}`;
}
