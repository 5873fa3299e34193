import type { RunFacts } from "../../../src/report/report.js";
import { BEGIN } from "../events.js";

/** What is known of the run whose documents are rendered. */
export const FACTS: RunFacts = {
  template: "images/web.json",
  image: "web",
  variables: [
    { name: "version", value: "1.2" },
    { name: "token", value: undefined },
  ],
  sources: [],
  rehearsal: false,
  recorded: 0,
  run: { url: "https://ghes/r/1", commit: "0123456789", commitUrl: "https://ghes/c/0123456789", label: "run 1" },
  now: BEGIN + 65_000,
};
