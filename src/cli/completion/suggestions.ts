import type { ListedFlag } from "../../engine/requests/listing.js";
import type { Command } from "../command.js";

/** What a completion script knows of a command. */
export type CompletedCommand = Pick<Command, "name" | "synopsis" | "flags" | "arguments">;

/** What a shell suggests for a value: words, files, directories, or nothing. */
export type Suggestion =
  | { readonly kind: "words"; readonly words: readonly string[] }
  | { readonly kind: "files" | "directories" | "nothing" };

/** Flags in place of a command. */
export const GLOBAL_FLAGS = ["--version", "--help", "-machine-readable"] as const;

/** Returns what is suggested for the value of a flag: its choices, or files if the placeholder of the help is FILE or DIR. */
export function valueSuggestion({ choices, value }: Pick<ListedFlag, "choices" | "value">): Suggestion {
  if (choices.length > 0) return { kind: "words", words: choices };
  if (value === "DIR") return { kind: "directories" };
  return { kind: value === "FILE" ? "files" : "nothing" };
}

/** Returns what is suggested for the arguments of a command. Words are only for the first argument, then come files. */
export function argumentSuggestion({ arguments: { suggested } }: CompletedCommand): Suggestion {
  if (suggested === undefined || suggested === "files") return { kind: suggested ?? "nothing" };
  return { kind: "words", words: suggested };
}

/** Returns the first sentence of a flag's documentation, without the list of its choices. */
export function shortDescription(doc: string): string {
  const sentence = /^.*?\.(?=\s|$)/s.exec(doc)?.[0] ?? doc;
  return sentence.replace(/ - .*/s, "").replace(/\.$/, "").replace(/\s+/g, " ");
}
