import type { FlagSpec } from "./flags.js";

/** The person's side of the command line. Lines come without a newline. */
export interface Terminal {
  write(line: string): void;
  error(line: string): void;
  /** Whether output goes to a terminal (and not to a file or a pipe). */
  readonly isTerminal: boolean;
  /** Asks a question; undefined where nobody can answer. */
  readonly ask: ((question: string, signal: AbortSignal) => Promise<string>) | undefined;
  /** Standard input, whole. */
  readAll(): Promise<string>;
  /** Lines as they are entered, behind a prompt where a person enters them; ends with the input. */
  readLines(prompt: string): AsyncIterable<string>;
}

/** `-color`, common to several commands. */
export const COLOR_FLAG: FlagSpec = {
  name: "color",
  kind: "boolean",
  doc: "Coloured output (default: on a terminal). -color colours without one too, -color=false turns it off, as NO_COLOR and PACKER_NO_COLOR do.",
};

export interface ColourChoice {
  /** Whether lines are painted. */
  readonly paint: boolean;
  /** Whether colour was turned off by hand: then nothing is said about it. */
  readonly off: boolean;
}

/** Whether output is coloured: the flag decides first, then the environment, then whether there is a terminal. */
export function chooseColour(
  flag: boolean | undefined,
  env: Readonly<Record<string, string | undefined>>,
  isTerminal: boolean,
): ColourChoice {
  if (flag === true) return { paint: true, off: false };
  const off = flag === false || Boolean(env.NO_COLOR) || Boolean(env.PACKER_NO_COLOR);
  return { paint: !off && (isTerminal || Boolean(env.FORCE_COLOR)), off };
}
