import type { CallScope } from "../../aws/client/session.js";
import { parameterHistory } from "../../aws/parameter.js";
import { namesOf } from "./artifact.js";
import { readNote } from "./note.js";

/** One move of a parameter: who moved it where, and when. */
export interface HistoryLine {
  readonly region: string;
  readonly version: number;
  /** `(no image)` for a value that is no AMI id: it may be a secret. */
  readonly imageId: string;
  /** Name of the image; its id where it is gone. */
  readonly imageName: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** ARN of the caller. */
  readonly by: string;
  readonly labels: readonly string[];
  /** E.g. `rollback by run 12 of owner/repository`; empty for a move that bake-ami did not make or that a bake made. */
  readonly what: string;
}

/** The last `most` moves of a parameter in a region, newest first. Empty where it does not exist. */
export async function historyOf(scope: CallScope, parameter: string, most: number): Promise<readonly HistoryLine[]> {
  const history = (await parameterHistory(scope, parameter)).slice(-most).reverse();
  const names = await namesOf(
    scope,
    history.map(({ value }) => value).filter((value) => value.startsWith("ami-")),
  );
  return history.map((version) => {
    const note = readNote(version);
    return {
      region: scope.region,
      version: version.version,
      imageId: shown(version.value),
      imageName: names.get(version.value) ?? shown(version.value),
      at: version.at,
      by: version.by,
      labels: version.labels,
      what: note ? `${note.kind} by ${note.by}` : "",
    };
  });
}

function shown(value: string): string {
  return value.startsWith("ami-") ? value : "(no image)";
}
