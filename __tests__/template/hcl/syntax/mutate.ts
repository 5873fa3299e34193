import { readdirSync, readFileSync } from "node:fs";

/** Pieces to insert into a text: all tokens of the lexer, and characters without meaning. */
const PIECES = [
  ..."{}[](),.*=\"\\~$%#-!?:|&;'`@<>é日🎉\n\r\t \u0000\u00a0“",
  ...["==", "=>", "...", "::", "&&", "||", "[*]", ".*", ".0", "1.", "1e", "1e3", "0x1", "null", "true", "a.b"],
  ...[
    "${",
    "${~",
    "~}",
    "%{",
    "%{~",
    "$${",
    "%%{",
    "%{ if a }",
    "%{ else }",
    "%{ endif }",
    "%{ for x in y }",
    "%{ endfor }",
  ],
  ...["<<EOT\n", "<<-EOT\n", "EOT\n", "\r\n", "//", "/*", "*/", "\\u12", "\\u00e9", "\\x", "\\U0001F389"],
  ...["for ", " in ", " if ", "a = 1\n", "b {\n", "}\n", 'c "d" {}\n', "provider::x::y("],
];

/** Returns a generator of random numbers in [0, 1) for a seed (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/** Returns the text with one to three random changes: inserted pieces, and removed, duplicated or moved characters and lines. */
export function mutate(text: string, random: () => number): string {
  let result = text;
  for (let changes = 1 + below(3, random); changes > 0; changes--) result = change(result, random);
  return result.replaceAll(/\p{Surrogate}/gu, "?");
}

function change(text: string, random: () => number): string {
  const at = below(text.length + 1, random);
  const piece = PIECES[below(PIECES.length, random)] ?? "";
  switch (below(5, random)) {
    case 0:
      return text.slice(0, at) + piece + text.slice(at);
    case 1:
      return text.slice(0, at) + text.slice(at + 1 + below(3, random));
    case 2:
      return text.slice(0, at) + piece + text.slice(at + 1);
    case 3: {
      const to = below(text.length + 1, random);
      return text.slice(0, to) + text.slice(at, at + 1 + below(30, random)) + text.slice(to);
    }
    default: {
      const lines = text.split("\n");
      const index = below(lines.length, random);
      const line = lines[index] ?? "";
      lines.splice(index, 1, ...(random() < 0.5 ? [] : [line, line]));
      return lines.join("\n");
    }
  }
}

function below(limit: number, random: () => number): number {
  return Math.floor(random() * limit);
}

/** Returns the texts of the fixtures, each also with CRLF line ends. */
export function fixtures(): string[] {
  const directory = new URL("../fixtures/", import.meta.url);
  const texts = readdirSync(directory).map((file) => readFileSync(new URL(file, directory), "utf8"));
  return [...texts, ...texts.map((text) => text.replaceAll("\n", "\r\n"))];
}
