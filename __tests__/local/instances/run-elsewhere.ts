import { createRequire } from "node:module";
import { join } from "node:path";
import { buildSync } from "esbuild";

/**
 * Writes a program that imports the project's sources (`./src/…`) to `path`, for tests that need a separate process. The program needs
 * no other file: a user who cannot read the checkout can run it.
 */
export function writeProgram(path: string, source: string): void {
  const require = createRequire(import.meta.url);
  buildSync({
    stdin: { contents: source, resolveDir: join(require.resolve("ssh2/package.json"), "../../.."), loader: "ts" },
    bundle: true,
    outfile: path,
    platform: "node",
    format: "esm",
    // ssh2 is CommonJS; it works without its native parts and without its helper for Windows, which is in its directory.
    banner: {
      js: 'import { createRequire as requireFrom } from "node:module"; const require = requireFrom(import.meta.url);',
    },
    define: { __dirname: '"."' },
    external: ["cpu-features", "*.node"],
    loader: { ".pl": "text", ".sh": "text" },
  });
}
