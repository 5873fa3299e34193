import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const src = resolve(dirname(fileURLToPath(import.meta.url)), "../../src");

/** One import, of a type too, or an `import()`. Paths start from `src/` and have forward slashes. */
export interface Import {
  readonly file: string;
  /** A file of `src/`, or the name of a package. */
  readonly target: string;
}

const here = (path: string) => relative(src, path).replaceAll("\\", "/");

function below(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? below(join(folder, entry.name)) : [join(folder, entry.name)],
  );
}

/** Every TypeScript file of `src/`, with its text. */
export const files: ReadonlyMap<string, string> = new Map(
  below(src)
    .filter((file) => file.endsWith(".ts"))
    .map((file) => [here(file), readFileSync(file, "utf8")]),
);

/** Every import of `src/`. */
export const imports: readonly Import[] = [...files].flatMap(([file, text]) => {
  const code = text.replace(/^\s*(\/\/|\*|\/\*).*$/gm, "");
  const found = [...code.matchAll(/(?:from|import)\s*\(?\s*"([^"]+)"/g)].map((match) => match[1] ?? "");
  return found.map((target) => ({ file, target: target.startsWith(".") ? fileOf(file, target) : target }));
});

function fileOf(importer: string, target: string): string {
  return here(resolve(src, dirname(importer), target)).replace(/\.js$/, ".ts");
}

/** The first folder of a path, or the file itself where it is in `src/`. */
export function roomOf(file: string): string {
  return file.split("/")[0] ?? "";
}
