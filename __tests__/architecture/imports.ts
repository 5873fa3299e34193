import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const src = resolve(dirname(fileURLToPath(import.meta.url)), "../../src");

/** An import, a type import or an `import()`. Paths are relative to `src/` and have forward slashes. */
export interface Import {
  readonly file: string;
  /** A file of `src/`, or a package name. */
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

/** Returns the first directory of a path, or the file itself if it is directly in `src/`. */
export function roomOf(file: string): string {
  return file.split("/")[0] ?? "";
}
