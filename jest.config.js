import { availableParallelism, totalmem } from "node:os";

/** Memory that a worker can need, in bytes: the heap at which it is replaced, what one file adds, and the code. */
const WORKER_MEMORY = 1e9;

/** Tests run as ES modules: the @actions packages are ESM only. */
export default {
  testEnvironment: "node",
  roots: ["<rootDir>/__tests__"],
  testMatch: ["**/*.test.ts"],
  extensionsToTreatAsEsm: [".ts", ".pl", ".sh"],
  moduleNameMapper: { "^(\\.{1,2}/.*)\\.js$": "$1" },
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
