import { splitList } from "../core/request-values.js";
import { parseRetention, type RequestedRetention } from "../core/retention.js";
import type { FlagSpec, ParsedFlags } from "./flags.js";

/** What older images stay; on every command that may remove some. */
export const RETENTION_FLAGS: readonly FlagSpec[] = [
  {
    name: "keep",
    kind: "text",
    value: "N",
    doc: "Keep the newest N images, in every region, and remove older ones that nothing uses.",
  },
  {
    name: "keep-days",
    kind: "text",
    value: "DAYS",
    doc: "Keep images that are younger; with -keep, either is enough.",
  },
  {
    name: "disable-first",
    kind: "text",
    value: "AGE",
    doc: "Only disable them at first; a run that much later, e.g. 7d, removes them.",
  },
  {
    name: "keep-names",
    kind: "texts",
    value: "PATTERN,…",
    doc: "Count images of these names together, e.g. web-* (default: the names that their template gives).",
  },
];

/** What the flags ask for; undefined where they ask for nothing. Problems go to `complain`. */
export function retentionRequest(
  flags: ParsedFlags,
  complain: (problem: string) => void,
): RequestedRetention | undefined {
  const { retention, complaints } = parseRetention({
    keep: flags.text("keep"),
    keepDays: flags.text("keep-days"),
    disableFirst: flags.text("disable-first"),
    keepNames: flags.texts("keep-names").flatMap(splitList),
  });
  for (const { input, complaint, hint } of complaints) complain(`-${input} ${complaint}${hint ? `. ${hint}` : ""}`);
  return retention;
}
