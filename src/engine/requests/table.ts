import { ACCOUNT, PROMOTION, RETENTION } from "./account.js";
import { BUILD, PUBLISH } from "./build.js";
import { LOCAL, REPORT, SINGLE_USE } from "./commands.js";
import { IGNORED, TEMPLATE } from "./template.js";

/**
 * Everything that a user can ask for, by key: the inputs of all actions and the flags of all commands. From it come the reading of
 * both, help, every `action.yml` and the reference pages. A new input is one entry here and the place that uses its value.
 */
export const REQUESTS = {
  ...TEMPLATE,
  ...BUILD,
  ...PUBLISH,
  ...PROMOTION,
  ...RETENTION,
  ...ACCOUNT,
  ...REPORT,
  ...LOCAL,
  ...SINGLE_USE,
  ...IGNORED,
} as const;

/** The table of all requests. */
export type Requests = typeof REQUESTS;
