import type { CallScope } from "../../aws/client/session.js";
import { describeImage, type FoundImage } from "../../aws/image.js";
import { describeLaunchPermissions } from "../../aws/image-attributes.js";
import { describeLaunchTemplate, describeTemplateVersions } from "../../aws/launch-template.js";
import { type ParameterVersion, readParameterHistory } from "../../aws/parameter.js";
import { allEnded } from "../../core/all-ended.js";
import { BakeError } from "../../core/errors.js";
import { seriesOf } from "../../core/image-series.js";
import { OWNER, TAG } from "../../core/ownership.js";
import { setting } from "../../core/setting.js";
import { inEachRegion } from "../each-region.js";
import { foreignText } from "../foreign-parameter.js";
import type { Images } from "./artifact.js";
import { labelComplaint, labelPointer } from "./label-pointer.js";
import { type Mover, parameterPointer } from "./parameter-pointer.js";
import type { Before, Pointer, PointerMove } from "./pointer.js";
import { type RegionPointers, restoreRegions } from "./restore.js";
import { templatePointer } from "./template-pointer.js";
import { testObstacles } from "./tested.js";

/** The pointers to move. */
export interface Promotion {
  readonly parameter: string;
  /** Moves this label instead of the parameter itself. */
  readonly label: string | undefined;
  /** Name or id of a launch template whose default version gets the image too. */
  readonly launchTemplate: string | undefined;
  /** Accounts that must have launch permission for the image. */
  readonly sharedWith: readonly string[];
  /** Moves the parameter or label even if it has an image of another series. */
  readonly overwrite: boolean;
  /** Refuses an image that did not pass image tests. A rollback is not checked for it. */
  readonly requireTested: boolean;
  readonly mover: Mover;
}

/** Returns the scope for calls in a Region: for the moves, or, after an interruption, to restore them. */
export type ScopeOf = (region: string, purpose: "move" | "restore") => CallScope;

/** The result for one pointer. */
export interface Moved extends PointerMove {
  readonly region: string;
  readonly pointer: string;
  readonly imageId: string;
  /** The earlier image. */
  readonly previous: string | undefined;
  /** The earlier version, with its writer and time; undefined if there was none. */
  readonly before: Before | undefined;
}

interface Place extends RegionPointers {
  readonly imageId: string;
  readonly obstacles: readonly string[];
}

/**
 * Sets a parameter (or a label on it) in every Region of an artifact to its image there, and a launch template too. It checks all
 * Regions before any change, then moves them in parallel, then reads them back. If one fails, all are restored. Each Region has the old
 * or the new image at every moment, so another run can complete an interrupted one. Throws a `BakeError`, or `Cancelled`.
 */
export async function movePointers(images: Images, promotion: Promotion, scopeOf: ScopeOf): Promise<readonly Moved[]> {
  const complaint = promotion.label === undefined ? undefined : labelComplaint(promotion.label);
  if (complaint) throw new BakeError(complaint, { code: "label-invalid" });
  const places = await allEnded([...images].map((image) => describePlace(image, promotion, scopeOf)));
  refuse(places);
  const moves = await inEachRegion(places, (place) => moveAll(place, scopeOf(place.region, "move")));
  const moved = moves.values.flat();
  let { failed } = moves;
  if (failed.length === 0 && moved.some((each) => each.moved)) {
    ({ failed } = await inEachRegion(places, (place) => checkAll(place, scopeOf(place.region, "move"))));
  }
  if (failed.length > 0) throw await restoreRegions(places, failed, (region) => scopeOf(region, "restore"));
  return moved;
}

async function describePlace(
  [region, imageId]: [string, string],
  promotion: Promotion,
  scopeOf: ScopeOf,
): Promise<Place> {
  const scope = scopeOf(region, "move");
  const { parameter, label, launchTemplate: templateName } = promotion;
  const [history, image, template] = await allEnded([
    readParameterHistory(scope, parameter),
    describeImage(scope, imageId),
    templateName === undefined ? undefined : describeLaunchTemplate(scope, templateName),
  ]);
  const versions = template ? await describeTemplateVersions(scope, template.id) : [];
  const pointers = [
    label === undefined
      ? parameterPointer(parameter, history, promotion.mover)
      : labelPointer(parameter, label, history, promotion.mover.kind),
    ...(template
      ? [templatePointer(template, versions, label === undefined ? parameter : `${parameter}:${label}`)]
      : []),
  ];
  return {
    region,
    imageId,
    pointers,
    obstacles: [
      ...notAnImages(parameter, history),
      ...(await imageObstacles(scope, imageId, image, promotion)),
      ...(image ? testObstacles(image, promotion.requireTested && promotion.mover.kind === "promote") : []),
      ...(templateName !== undefined && !template ? [`launch template "${templateName}" does not exist`] : []),
      ...pointers.flatMap((pointer) => pointer.obstacles(imageId)),
      ...(await foreignImage(scope, pointers[0], image, promotion)),
    ],
  };
}

/**
 * Returns why an image must not replace the current one of a parameter or label: it is of another image series. A rollback is not checked,
 * because it undoes such a replacement.
 */
async function foreignImage(
  scope: CallScope,
  pointer: Pointer | undefined,
  image: FoundImage | undefined,
  { mover, overwrite }: Promotion,
): Promise<readonly string[]> {
  const current = pointer?.imageId;
  if (mover.kind !== "promote" || overwrite || image?.tags[TAG.owner] !== OWNER) return [];
  if (pointer === undefined || current === undefined || current === image.id) return [];
  const foreign = await foreignText(scope, current, seriesOf(image));
  return foreign === undefined
    ? []
    : [`"${pointer.name}" names ${foreign}: set ${setting("overwrite-parameter")} to replace it`];
}

/**
 * Returns the reasons why an image cannot be promoted or rolled back to in its Region; empty if there are none. The accounts must have
 * launch permission. A rollback accepts a deprecated image, because it can still be launched.
 */
async function imageObstacles(
  scope: CallScope,
  imageId: string,
  image: FoundImage | undefined,
  { sharedWith: accounts, mover: { kind } }: Promotion,
): Promise<readonly string[]> {
  if (image === undefined) return [`${imageId} does not exist, is disabled, or is not shared with this account`];
  if (image.state !== "available") return [`${imageId} is in state "${image.state}", not "available"`];
  const found: string[] = [];
  if (
    kind === "promote" &&
    image.deprecatesAt !== undefined &&
    Date.parse(image.deprecatesAt) <= scope.session.clock.now()
  ) {
    found.push(`${imageId} has been deprecated since ${image.deprecatesAt}`);
  }
  const unfinished = image.tags[TAG.unfinished];
  if (unfinished !== undefined) found.push(`${imageId} is not finished (${unfinished}): run its bake again`);
  if (accounts.length === 0) return found;
  const { users, groups } = await describeLaunchPermissions(scope, imageId);
  const without = accounts.filter((account) => account !== image.owner && !users.includes(account));
  if (without.length > 0 && !groups.includes("all")) {
    found.push(
      `${imageId} is not shared with ${without.join(", ")}: add them to ami_users in the template and bake again`,
    );
  }
  return found;
}

/** The message does not show the value, because it can be a secret. */
function notAnImages(name: string, history: readonly ParameterVersion[]): readonly string[] {
  const newest = history.at(-1);
  if (newest === undefined || newest.dataType === "aws:ec2:image" || newest.value.startsWith("ami-")) return [];
  return [`the value of the parameter "${name}" is not an AMI id`];
}

function refuse(places: readonly Place[]): void {
  const found = places.flatMap(({ region, obstacles }) => obstacles.map((obstacle) => `${region}: ${obstacle}`));
  if (found.length === 0) return;
  throw new BakeError(`The checks before the update failed: ${found.join("; ")}`, {
    code: "promotion-refused",
    hint: `Fix the problems listed above, or set ${setting("regions")}. Nothing was changed: all Regions are checked first.`,
  });
}

/** Moves the pointers of a Region in order: the parameter, then the launch template. */
async function moveAll({ region, imageId, pointers }: Place, scope: CallScope): Promise<readonly Moved[]> {
  const moved: Moved[] = [];
  for (const pointer of pointers) {
    const { name, imageId: previous, before } = pointer;
    const move = await pointer.move(scope, imageId);
    moved.push({ region, pointer: name, imageId, previous, before, ...move });
  }
  return moved;
}

async function checkAll({ imageId, pointers }: Place, scope: CallScope): Promise<void> {
  for (const pointer of pointers) await pointer.check(scope, imageId);
}
