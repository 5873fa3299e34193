/**
 * `node scripts/release.mjs v1.2.3`: fails if the tag, the version and the repository in package.json, and the sections of CHANGELOG.md
 * do not match. The release workflow runs it before it publishes.
 */
import { readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const tag = process.argv[2] ?? "";
const { version, repository } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
/** The repository of the workflow, OWNER/NAME. npm refuses a package with provenance of another repository. */
const source = process.env.GITHUB_REPOSITORY;
const headings = [...readFileSync(join(root, "CHANGELOG.md"), "utf8").matchAll(/^## (.+)$/gm)].map(([, text]) => text);

const released = tag.slice(1);

function problemsOf() {
  if (!/^v\d+\.\d+\.\d+$/.test(tag)) {
    return [`"${tag}" is not a release tag. Use vMAJOR.MINOR.PATCH, for example v${version}.`];
  }
  const known = headings.some((heading) => heading.split(" ")[0] === released);
  return [
    ...(version === released
      ? []
      : [`package.json has version ${version}. Set it to ${released}, or tag v${version}.`]),
    ...(source === undefined || repository?.url === `git+https://github.com/${source}.git`
      ? []
      : [`package.json has the repository ${repository?.url}. Set it to git+https://github.com/${source}.git.`]),
    ...(known ? [] : [`CHANGELOG.md has no section "## ${released}". Rename "## Unreleased" to it.`]),
  ];
}

const problems = problemsOf();
for (const problem of problems) console.error(problem);
process.exitCode = problems.length > 0 ? 1 : 0;
