import { isName } from "../syntax/names.js";

/** Gives each text a name that HCL takes and that no other has: letters, digits, `_` and `-` stay, all else becomes `_`. */
export function distinctNames(texts: readonly string[]): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  const taken = new Set<string>();
  for (const text of texts) {
    if (names.has(text)) continue;
    const plain = text.replace(/[^\p{ID_Continue}-]/gu, "_");
    const base = isName(plain) ? plain : `_${plain}`;
    let name = base;
    for (let n = 2; taken.has(name); n++) name = `${base}_${n}`;
    taken.add(name);
    names.set(text, name);
  }
  return names;
}
