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
  // Tests wait for servers and machines as much as they work: one worker a core, where jest would leave one core to watching.
  maxWorkers: "100%",
  // Modules of a finished test file stay in memory (vm modules). A worker with more than 2 GB needs longer to exit than jest waits, and jest
  // then reports that it was force exited. A worker beyond this heap is replaced between two files.
  workerIdleMemoryLimit: "700MB",
};
