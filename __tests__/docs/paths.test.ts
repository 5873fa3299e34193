import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "@jest/globals";

const root = fileURLToPath(new URL("../../", import.meta.url));
const pages = [
  ...["README.md", "CONTRIBUTING.md", "SECURITY.md", "e2e/README.md"],
  ...readdirSync(join(root, "docs"))
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name}`),
];

test.each(pages)("the paths in %s exist", (page) => {
  const text = readFileSync(join(root, page), "utf8");
  const named = [...text.matchAll(/(?<![\w/.])(?:src|__tests__|e2e|bench|scripts|\.ci)\/[\w./-]*\w\/?/g)].map(
    ([path]) => path,
  );
  expect(named.filter((path) => !existsSync(join(root, path)))).toEqual([]);
});

test("the modules that bench/ loads exist", () => {
  const scripts = readdirSync(join(root, "bench")).filter((name) => name.endsWith(".mjs"));
  const loaded = scripts.flatMap((name) =>
    [...readFileSync(join(root, "bench", name), "utf8").matchAll(/\bload\("([^"]+)"\)/g)].map(([, path = ""]) => path),
  );
  expect(loaded.length).toBeGreaterThan(5);
  expect(loaded.filter((path) => !existsSync(join(root, "src", path)))).toEqual([]);
});

test.each(pages)("the links of %s lead to files and headings that exist", (page) => {
  const anchorsOf = (text: string) =>
    [...text.replace(/^```[\s\S]*?^```/gm, "").matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) =>
      heading
        .toLowerCase()
        .replace(/[^\p{L}\p{N} _-]/gu, "")
        .replaceAll(" ", "-"),
    );
  const text = readFileSync(join(root, page), "utf8");
  const links = [...text.replace(/^```[\s\S]*?^```/gm, "").matchAll(/\]\((?!https?:)([^)\s]+)\)/g)].map(
    ([, link = ""]) => link,
  );
  const broken = links.filter((link) => {
    const [path = "", anchor] = link.split("#");
    const target = path === "" ? page : join(dirname(page), path);
    if (!existsSync(join(root, target))) return true;
    return anchor !== undefined && !anchorsOf(readFileSync(join(root, target), "utf8")).includes(anchor);
  });
  expect(broken).toEqual([]);
});

test("the README quotes messages of the sources in its troubleshooting", () => {
  const [, section = ""] =
    /## Troubleshooting\n([\s\S]*?)\n## /.exec(readFileSync(join(root, "README.md"), "utf8")) ?? [];
  const quoted = [...section.matchAll(/^- \*([^*]+)\*/gm)].map(([, message = ""]) => message);
  const sources = readdirSync(join(root, "src"), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts"))
    .map((name) => readFileSync(join(root, "src", name), "utf8"));
  expect(quoted.length).toBeGreaterThan(3);
  expect(quoted.filter((message) => !sources.some((text) => text.includes(message)))).toEqual([]);
});
