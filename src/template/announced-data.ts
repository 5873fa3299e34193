import type { BuildData } from "../core/late.js";
import { PLACEHOLDER } from "../options/context.js";

/** At plan time `{{ build "Host" }}` and its like are not known yet, but which there will be is (Packer §1.11). */
export function announcedData(announced: readonly string[] | undefined): BuildData | undefined {
  return announced && Object.fromEntries(announced.map((key) => [key, PLACEHOLDER]));
}
