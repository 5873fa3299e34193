import { existsSync, readdirSync, readFileSync } from "node:fs";
import { availableParallelism, totalmem } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { writeClients } from "./scripts/sdk-clients.mjs";

/** Memory that a worker can need, in bytes: the heap at which it is replaced, what one file adds, and the code. */
const WORKER_MEMORY = 1e9;

/**
 * Returns the files that import `test` only from openssh.ts, if OpenSSH is not installed. All their tests would be skipped, after a quarter of
 * a second in each file to load the modules.
 */
function filesThatNeedOpenSsh() {
  if (existsSync("/usr/sbin/sshd") || process.env.BAKE_AMI_REQUIRE_TOOLS === "1") return [];
  const folder = pathOf("__tests__");
  const files = readdirSync(folder, { recursive: true }).filter((name) => name.endsWith(".test.ts"));
  const needing = files.filter((name) => {
    const text = readFileSync(join(folder, name), "utf8");
    const imports = (from) => new RegExp(`^import \\{.*\\btest\\b.*\\} from "${from}";$`, "m").test(text);
    return imports(".*/openssh\\.js") && !imports("@jest/globals");
  });
  const count = `${needing.length} of ${files.length} test files`;
  process.stderr.write(`SKIPPED: ${count} need OpenSSH, which is not installed (apt-get install openssh-server).\n`);
  return needing.map((name) => `<rootDir>/__tests__/${name.replaceAll(".", "\\.")}$`);
}

const pathOf = (name) => fileURLToPath(new URL(name, import.meta.url));

/** The AWS SDK's clients as the bundle has them: each test file loads them again. */
const clients = await writeClients([pathOf("src"), pathOf("__tests__")], pathOf("node_modules/.cache/bake-ami"));

/** Tests run as ES modules: the @actions packages are ESM only. */
export default {
  testEnvironment: "node",
  roots: ["<rootDir>/__tests__"],
  testMatch: ["**/*.test.ts"],
  testPathIgnorePatterns: ["/node_modules/", ...filesThatNeedOpenSsh()],
  extensionsToTreatAsEsm: [".ts", ".pl", ".sh"],
  moduleNameMapper: {
    "^(\\.{1,2}/.*)\\.js$": "$1",
    ...Object.fromEntries(Array.from(clients, ([name, path]) => [`^${name}$`, path])),
  },
  transform: {
    "\\.(pl|sh)$": "<rootDir>/scripts/text-module.mjs",
    "^.+\\.ts$": [
      "@swc/jest",
      {
        jsc: { parser: { syntax: "typescript" }, target: "es2022", experimental: { keepImportAttributes: true } },
        module: { type: "es6" },
        sourceMaps: "inline",
      },
    ],
  },
  coverageProvider: "v8",
  testTimeout: 60_000,
  // Tests wait for servers and machines as much as they work: three workers a core, as far as half of the memory allows.
  maxWorkers: Math.max(2, Math.min(3 * availableParallelism(), Math.floor(totalmem() / 2 / WORKER_MEMORY))),
  // Modules of a finished test file stay in memory (vm modules). Large workers need longer to exit than jest waits, and jest then reports
  // that they were force exited. A worker beyond this heap is replaced between two files, which costs no more time than its garbage.
  workerIdleMemoryLimit: "400MB",
};
