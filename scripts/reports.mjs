/**
 * Renders the job summaries and pull-request comments of example runs as GitHub shows them:
 * `node scripts/reports.mjs [DIRECTORY] [NAME…]` writes HTML, and PNGs in light and dark, wide and 390 pixels, where Chromium is
 * installed. Mermaid is fetched once with `npm pack`.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";
import { marked } from "marked";
import { documentsOf } from "./reports/examples.mjs";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const cache = join(root, "node_modules", ".cache", "reports");
const MERMAID = { version: "11.17.2", file: "package/dist/mermaid.min.js" };

const [directory = "reports", ...names] = process.argv.slice(2);
const out = resolve(directory);
mkdirSync(out, { recursive: true });
mkdirSync(cache, { recursive: true });
const mermaid = fetchMermaid();
const chromium = ["chromium", "chromium-browser", "google-chrome"].find(
  (program) => spawnSync(program, ["--version"]).status === 0,
);
if (!chromium) console.log("Chromium is not installed: only HTML is written.");

const documents = documentsOf(await compiledReports());
for (const [name, markdown] of Object.entries(documents)) {
  if (names.length > 0 && !names.some((wanted) => name.startsWith(wanted))) continue;
  writeFileSync(join(out, `${name}.md`), markdown);
  for (const theme of ["light", "dark"]) {
    const page = join(out, `${name}-${theme}.html`);
    writeFileSync(page, html(markdown, theme));
    if (!chromium) continue;
    for (const width of [390, 1012]) screenshot(page, join(out, `${name}-${theme}-${width}.png`), width);
  }
  console.log(name);
}

/** Bundles the renderers and returns their exports. */
async function compiledReports() {
  const file = join(cache, "renderers.mjs");
  const modules = ["documents", "step-summaries", "retention"].map((name) => `./src/report/markdown/${name}.js`);
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
    .parse(markdown, { gfm: true })
    .replace(/<pre><code class="language-mermaid">([\s\S]*?)<\/code><\/pre>/g, '<pre class="mermaid">$1</pre>');
  return `<!doctype html>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<style>${style}
body { margin: 0; } .markdown-body { padding: 16px; font-size: 14px; } pre.mermaid { text-align: center; }</style>
<body class="markdown-body">${body}
<script src="${pathToFileURL(mermaid).href}"></script>
<script>
  mermaid.initialize({ startOnLoad: true, theme: "${theme === "dark" ? "dark" : "default"}" });
</script>
</body>`;
}

/** Writes a picture of a page, as high as the page is. */
function screenshot(page, file, width) {
  const profile = mkdtempSync(join(tmpdir(), "chromium-"));
  const flags = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--no-first-run",
    "--hide-scrollbars",
    "--allow-file-access-from-files",
    `--user-data-dir=${profile}`,
    "--virtual-time-budget=5000",
  ];
  const url = pathToFileURL(page).href;
  try {
    // Chromium cannot make a window narrower than 500 pixels: the page is shown in a frame of the width that is wanted.
    const frame = join(profile, "frame.html");
    const measured = execFileSync(
      chromium,
      [...flags, "--window-size=1200,800", "--dump-dom", frameOf(frame, url, width)],
      {
        encoding: "utf8",
        stdio: ["ignore", "pipe", "ignore"],
      },
    );
    const height = Number(/data-height="(\d+)"/.exec(measured)?.[1] ?? 1200);
    execFileSync(
      chromium,
      [
        ...flags,
        `--window-size=${Math.max(500, width)},${height}`,
        `--screenshot=${file}`,
        frameOf(frame, url, width, height),
      ],
      { stdio: "ignore" },
    );
  } finally {
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** Writes a page with a frame of a width, which measures its height. Returns its address. */
function frameOf(file, url, width, height = 100) {
  writeFileSync(
    file,
    `<!doctype html><body style="margin:0"><iframe src="${url}" style="border:0;width:${width}px;height:${height}px"></iframe>
<script>
  const frame = document.querySelector("iframe");
  setInterval(() => {
    document.body.dataset.height = frame.contentDocument.documentElement.scrollHeight;
  }, 200);
</script>`,
  );
  return pathToFileURL(file).href;
}
