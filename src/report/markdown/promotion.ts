import { type EarlierVersion, earlierText } from "../moved.js";
import { imageUrl, parameterUrl } from "./console-links.js";
import { code, link, prose, table } from "./escape.js";

/** A pointer of a region and the image that it names now. */
export interface PromotionRow {
  readonly region: string;
  /** Name of the parameter, `name:label`, or of the launch template. */
  readonly pointer: string;
  readonly imageId: string;
  readonly previous: string | undefined;
  /** The version that named it before. */
  readonly before?: EarlierVersion | undefined;
  readonly version: number;
  readonly moved: boolean;
}

/** The summary of a promotion or a rollback: what names which image now, and which before, of when and by whom. */
export function promotionSummary(
  what: "Promoted" | "Rolled back",
  parameter: string,
  rows: readonly PromotionRow[],
): string {
  const isParameter = (row: PromotionRow) => row.pointer.startsWith("/");
  const lines = [...rows]
    .sort((a, b) => (a.region < b.region ? -1 : a.region > b.region ? 1 : 0))
    .map((row) => [
      code(row.region),
      isParameter(row) ? link(code(row.pointer), parameterUrl(row.region, parameter)) : code(row.pointer),
      row.moved
        ? row.previous
          ? link(code(row.previous), imageUrl(row.region, row.previous))
          : "nothing"
        : "the same",
      link(code(row.imageId), imageUrl(row.region, row.imageId)),
      String(row.version),
      row.before ? prose(earlierText(row.before)) : "",
    ]);
  return [
    `## ${what} ${prose(parameter)}`,
    "",
    table(["Region", "Pointer", "Before", "AMI now", "Version", "The version before"], lines),
  ].join("\n");
}
