import { readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "@jest/globals";

const src = resolve(dirname(fileURLToPath(import.meta.url)), "../../src");

/** Modules and packages that a module loads: at once, or also later by `import()`. Types are no modules. */
function loadedBy(entry: string, later: boolean): ReadonlySet<string> {
  const seen = new Set<string>();
  const visit = (file: string) => {
    if (seen.has(file)) return;
    seen.add(file);
    const text = readFileSync(file, "utf8")
      .replace(/^\s*(\/\/|\*|\/\*).*$/gm, "")
      .replace(/^(import|export) type [\s\S]*?;$/gm, "");
    const at = [...text.matchAll(/(?:^|\n)(?:import|export)[^;]*?from "([^"]+)"|(?:^|\n)import "([^"]+)"/g)].map(
      (m) => m[1] ?? m[2],
    );
    const then = later ? [...text.matchAll(/import\(\s*"([^"]+)"\s*\)/g)].map((m) => m[1]) : [];
    for (const target of [...at, ...then]) {
      if (target?.startsWith(".")) visit(resolve(dirname(file), target).replace(/\.js$/, ".ts"));
      else if (target) seen.add(target);
    }
  };
  visit(join(src, entry));
  return new Set([...seen].map((file) => (file.startsWith(src) ? relative(src, file).replaceAll("\\", "/") : file)));
}

const matching = (loaded: ReadonlySet<string>, pattern: RegExp) => [...loaded].filter((name) => pattern.test(name));

describe("the doors of the bundle", () => {
  test("post never loads a builder, a template or ssh2", () => {
    const loaded = loadedBy("action/post.ts", true);
    expect(matching(loaded, /^cleanup\/release\.ts$/)).toHaveLength(1);
    expect(matching(loaded, /^(builders|template|plan|provisioners|ssh|communicators|local)\/|^ssh2$/)).toEqual([]);
  });

  test.each(["action/bake.ts", "cli/main.ts", "engine/prepare.ts", "catalog.ts"])(
    "%s reports bad input without an SDK, ssh2 or a toolkit",
    (entry) => {
      const packages = matching(loadedBy(entry, false), /^(@aws-sdk|@smithy|@actions|ssh2|@cyclonedx)/);
      expect(packages).toEqual([]);
    },
  );
});
