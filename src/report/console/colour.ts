/** Colours of the builds, in order (Packer §7.2), as SGR codes. */
const BUILD_COLOURS = { green: 32, cyan: 36, magenta: 35, yellow: 33, blue: 34 };

const RED = 31;
const YELLOW = 33;

/** Colours a line. */
export type Paint = (line: string) => string;

/** The colours of the console output: one for each build, bold for headings; errors red, warnings yellow. */
export interface Palette {
  build(index: number, weight: "bold" | "normal"): Paint;
  readonly error: Paint;
  readonly warning: Paint;
}

/** Colours, or none. */
export function palette(colour: boolean): Palette {
  if (!colour) return { build: () => unpainted, error: unpainted, warning: unpainted };
  const cycle = Object.values(BUILD_COLOURS);
  return {
    build: (index, weight) => painted(cycle[index % cycle.length] ?? BUILD_COLOURS.green, weight),
    error: painted(RED, "bold"),
    warning: painted(YELLOW, "normal"),
  };
}

function unpainted(line: string): string {
  return line;
}

function painted(code: number, weight: "bold" | "normal"): Paint {
  const open = `\u001b[${weight === "bold" ? 1 : 0};${code}m`;
  return (line) => (line === "" ? line : `${open}${line}\u001b[0m`);
}
