/** The lines between this process and the supervisor: words parted by spaces, each percent-encoded, `%` standing for an empty one. */

const PLAIN = /^[A-Za-z0-9_.,:;=/+@-]*$/;

/** Percent-encodes a word of a line. */
export function encodeWord(text: string): string {
  if (text === "") return "%";
  if (PLAIN.test(text)) return text;
  const bytes = Buffer.from(text, "utf8");
  let encoded = "";
  for (const byte of bytes) {
    const char = String.fromCharCode(byte);
    encoded += PLAIN.test(char) ? char : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
  }
  return encoded;
}

/** Decodes a word of a line. */
export function decodeWord(word: string): string {
  if (word === "%") return "";
  if (!word.includes("%")) return word;
  const bytes: number[] = [];
  for (let i = 0; i < word.length; i++) {
    if (word[i] === "%") {
      bytes.push(Number.parseInt(word.slice(i + 1, i + 3), 16));
      i += 2;
    } else bytes.push(word.charCodeAt(i));
  }
  return Buffer.from(bytes).toString("utf8");
}

/** Fields of an order; lists become repeated `name[]=value` words. */
export type OrderFields = Readonly<Record<string, string | number | readonly string[]>>;

/** The line of an order. */
export function orderLine(verb: string, token: string, fields: OrderFields): string {
  const words = Object.entries(fields).flatMap(([name, value]) =>
    typeof value === "object"
      ? value.map((item) => `${name}[]=${encodeWord(item)}`)
      : [`${name}=${encodeWord(String(value))}`],
  );
  return `${[verb, token, ...words].join(" ")}\n`;
}
