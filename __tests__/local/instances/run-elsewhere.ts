import { writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { buildSync } from "esbuild";

/** Writes a program that imports the project's sources (`./src/…`) to `path`, for tests that need a separate process. */
export function writeProgram(path: string, source: string): void {
  const require = createRequire(import.meta.url);
  const ssh2 = require.resolve("ssh2");
  const built = buildSync({
    stdin: { contents: source, resolveDir: join(require.resolve("ssh2/package.json"), "../../.."), loader: "ts" },
    bundle: true,
    write: false,
    platform: "node",
    format: "esm",
    external: ["ssh2"],
    loader: { ".pl": "text", ".sh": "text" },
  });
  // ssh2 is not bundled; it is imported by its path.
  writeFileSync(path, (built.outputFiles[0]?.text ?? "").replaceAll('from "ssh2"', `from ${JSON.stringify(ssh2)}`));
}
