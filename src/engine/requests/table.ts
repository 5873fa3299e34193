import { ACCOUNT, PROMOTION, RETENTION } from "./account.js";
import { BUILD, PUBLISH } from "./build.js";
import { LOCAL, REPORT, SHELL, SINGLE_USE } from "./commands.js";
import { POLICY } from "./policy.js";
import { IGNORED, TEMPLATE } from "./template.js";
import { TESTS } from "./tests.js";

/**
 * All settings by key: the inputs of all actions and the flags of all commands. The parsers, the help, every `action.yml` and the
 * reference pages are generated from this table. To add an input, add one entry here and use its value.
 */
export const REQUESTS = {
  ...TEMPLATE,
  ...BUILD,
  ...TESTS,
  ...PUBLISH,
  ...PROMOTION,
  ...RETENTION,
  ...ACCOUNT,
  ...REPORT,
  ...LOCAL,
  ...SHELL,
  ...SINGLE_USE,
  ...POLICY,
  ...IGNORED,
} as const;

/** The table of all requests. */
export type Requests = typeof REQUESTS;
