import { hostname, userInfo } from "node:os";
import { type Parsed, parseAccount, parseRegion, splitList } from "../core/request-values.js";
import type { PromotionRun } from "../engine/api.js";
import type { CommandContext } from "./command.js";
import type { FlagSpec, ParsedFlags } from "./flags.js";

/** Regions, for commands on a parameter. */
export const REGION_FLAGS: readonly FlagSpec[] = [
  { name: "regions", kind: "texts", value: "A,B", doc: "In these regions alone (default: wherever it is)." },
  { name: "region", kind: "text", value: "REGION", doc: "Region of an AMI id that names none." },
];

/** Flags that promote and rollback have in common. */
export const PROMOTION_FLAGS: readonly FlagSpec[] = [
  ...REGION_FLAGS,
  { name: "label", kind: "text", value: "LABEL", doc: "Move this label on the parameter, instead of the parameter." },
  {
    name: "launch-template",
    kind: "text",
    value: "NAME",
    doc: "Make a version of this launch template (name or id) with the image its default, in each region.",
  },
  {
    name: "shared-with",
    kind: "texts",
    value: "ACCOUNT,ACCOUNT",
    doc: "Move nothing unless these accounts may launch the image.",
  },
];

/** Reads the regions; undefined where one is wrong, which is told. */
export function regionsOf(flags: ParsedFlags, { terminal }: CommandContext): readonly string[] | undefined {
  return allOf("regions", flags.texts("regions").flatMap(splitList), parseRegion, terminal.error);
}

/** What both commands ask for; undefined where something is wrong, which is told. */
export function promotionRun(flags: ParsedFlags, context: CommandContext): Omit<PromotionRun, "artifact"> | undefined {
  const regions = regionsOf(flags, context);
  const accounts = flags.texts("shared-with").flatMap(splitList);
  const sharedWith = allOf("shared-with", accounts, parseAccount, context.terminal.error);
  if (!regions || !sharedWith) return undefined;
  return {
    parameter: flags.positional[0] ?? "",
    label: flags.text("label"),
    regions,
    region: flags.text("region"),
    launchTemplate: flags.text("launch-template"),
    sharedWith,
    by: `${userInfo().username} on ${hostname()}, process ${process.pid}`,
    repository: hostname(),
  };
}

function allOf<T>(
  flag: string,
  texts: readonly string[],
  parse: (text: string) => Parsed<T>,
  tell: (text: string) => void,
): readonly T[] | undefined {
  const parsed = texts.map(parse);
  for (const each of parsed) if ("complaint" in each) tell(`-${flag} ${each.complaint}`);
  const values = parsed.flatMap((each) => ("value" in each ? [each.value] : []));
  return values.length === parsed.length ? values : undefined;
}
