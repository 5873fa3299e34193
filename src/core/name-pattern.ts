/** Whether a name is one of a pattern's: `*` stands for any text, everything else for itself. */
export function matchesName(pattern: string, name: string): boolean {
  const fixed = pattern.split("*").map((piece) => piece.replace(/[.+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${fixed.join(".*")}$`, "s").test(name);
}

/** Whether so much of a pattern is fixed that it tells one image's names from another's: three letters or digits. */
export function isTelling(pattern: string): boolean {
  return pattern.replace(/[^\p{L}\p{N}]/gu, "").length >= 3;
}
