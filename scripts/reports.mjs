/**
 * Renders the job summaries and pull-request comments of example runs as GitHub shows them:
 * `node scripts/reports.mjs [DIRECTORY] [NAME…]` writes HTML, and PNGs in light and dark, wide and 390 pixels, where Chromium is
 * installed. With `REPORTS_OPEN=1`, folded sections are open. Mermaid is fetched once with `npm pack`.
 */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";
import { marked } from "marked";
import { openBrowser } from "./reports/browser.mjs";
import { documentsOf } from "./reports/examples.mjs";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const cache = join(root, "node_modules", ".cache", "reports");
const MERMAID = { version: "11.17.2", file: "package/dist/mermaid.min.js" };

const [directory = "reports", ...names] = process.argv.slice(2);
const out = resolve(directory);
mkdirSync(out, { recursive: true });
mkdirSync(cache, { recursive: true });
const mermaid = fetchMermaid();
const browser = openBrowser();
if (!browser) console.log("Chromium is not installed: only HTML is written.");

const documents = documentsOf(await compiledReports());
for (const [name, markdown] of Object.entries(documents)) {
  if (names.length > 0 && !names.some((wanted) => name.startsWith(wanted))) continue;
  writeFileSync(join(out, `${name}.md`), markdown);
  for (const theme of ["light", "dark"]) {
    const page = join(out, `${name}-${theme}.html`);
    writeFileSync(page, html(markdown, theme));
    for (const width of [390, 1012]) {
      const picture = await browser?.picture(pathToFileURL(page).href, width);
      if (picture) writeFileSync(join(out, `${name}-${theme}-${width}.png`), picture);
    }
  }
  console.log(name);
}
await browser?.close();

/** Bundles the renderers and returns their exports. */
async function compiledReports() {
  const file = join(cache, "renderers.mjs");
  const modules = ["documents", "step-summaries", "retention", "plan"].map(
    (name) => `./src/report/markdown/${name}.js`,
  );
  const contents = [...modules, "./src/report/report.js"].map((path) => `export * from "${path}";`).join("\n");
  await build({
    stdin: { contents, resolveDir: root, loader: "ts" },
    bundle: true,
    format: "esm",
    platform: "node",
    outfile: file,
    logLevel: "error",
  });
  return import(`${pathToFileURL(file).href}?${Date.now()}`);
}

/** Mermaid's script, from the package registry. */
function fetchMermaid() {
  const file = join(cache, `mermaid-${MERMAID.version}.js`);
  if (existsSync(file)) return file;
  const work = mkdtempSync(join(tmpdir(), "mermaid-"));
  try {
    execFileSync("npm", ["pack", `mermaid@${MERMAID.version}`, "--silent"], { cwd: work });
    execFileSync("tar", ["xzf", `mermaid-${MERMAID.version}.tgz`, MERMAID.file], { cwd: work });
    writeFileSync(file, readFileSync(join(work, MERMAID.file)));
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  return file;
}

/** A page that shows Markdown with GitHub's style sheet, as wide as a comment or a phone. */
function html(markdown, theme) {
  const style = readFileSync(join(root, "node_modules", "github-markdown-css", `github-markdown-${theme}.css`), "utf8");
  const body = marked
    .parse(process.env.REPORTS_OPEN === "1" ? markdown.replaceAll("<details>", "<details open>") : markdown, {
      gfm: true,
    })
    .replace(/<pre><code class="language-mermaid">([\s\S]*?)<\/code><\/pre>/g, '<pre class="mermaid">$1</pre>');
  return `<!doctype html>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<style>${style}
body { margin: 0; } .markdown-body { padding: 16px; font-size: 14px; } pre.mermaid { text-align: center; }</style>
<body class="markdown-body">${body}
<script src="${pathToFileURL(mermaid).href}"></script>
<script>
  mermaid.initialize({ startOnLoad: false, theme: "${theme === "dark" ? "dark" : "default"}" });
  window.drawn = mermaid.run();
</script>
</body>`;
}
