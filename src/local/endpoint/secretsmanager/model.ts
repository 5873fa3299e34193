import { randomUUID } from "node:crypto";
import { ACCOUNT, newId, type TagMap } from "../records.js";

/** A secret with its current value. */
export interface Secret {
  readonly name: string;
  readonly arn: string;
  readonly createdAt: number;
  readonly versionId: string;
  readonly string: string | undefined;
  /** In base64. */
  readonly binary: string | undefined;
  readonly tags: TagMap;
  /** When it is deleted, in milliseconds; it cannot be read any more. */
  deleteAt: number | undefined;
}

/** A new secret. */
export function newSecret(
  region: string,
  name: string,
  createdAt: number,
  value: Pick<Secret, "string" | "binary">,
): Secret {
  return {
    name,
    arn: `arn:aws:secretsmanager:${region}:${ACCOUNT}:secret:${name}-${newId("x").slice(-6)}`,
    createdAt,
    versionId: randomUUID(),
    tags: new Map(),
    deleteAt: undefined,
    ...value,
  };
}
