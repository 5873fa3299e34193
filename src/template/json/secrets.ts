import { isPlaceholder } from "../../options/context.js";

/** Lines of a secret shorter than this are not masked by themselves: they would mask half the output. */
const SHORTEST_LINE = 4;

/** What to mask of a secret: the whole of it, and each line of one with several (Packer §1.3, "sensitive-variables"). */
export function secretParts(secret: string): readonly string[] {
  if (secret.trim() === "" || isPlaceholder(secret)) return [];
  const lines = secret.split("\n").map((line) => line.trim());
  return [secret, ...(lines.length > 1 ? lines.filter((line) => line.length >= SHORTEST_LINE) : [])];
}
