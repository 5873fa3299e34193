import { splitList } from "../../core/request-values.js";
import { parseRetention, type RequestedRetention } from "../../core/retention.js";
import type { InputReader } from "./reader.js";

/** Which older images stay, common to the bake, `promote/action.yml` and `prune/action.yml`; undefined where nothing asks for it. */
export function readRetention(reader: InputReader): RequestedRetention | undefined {
  const { retention, complaints } = parseRetention({
    keep: reader.text("keep"),
    keepDays: reader.text("keep-days"),
    disableFirst: reader.text("disable-first"),
    keepNames: splitList(reader.text("keep-names") ?? ""),
  });
  for (const { input, complaint, hint } of complaints) {
    reader.parsed(input, () => ({ complaint, hint: hint || undefined }));
  }
  return retention;
}
