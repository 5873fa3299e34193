import type { CallScope } from "../../aws/client/session.js";
import { imageById } from "../../aws/image.js";
import { launchPermissions } from "../../aws/image-attributes.js";
import { launchTemplate, templateVersions } from "../../aws/launch-template.js";
import { type ParameterVersion, parameterHistory } from "../../aws/parameter.js";
import { BakeError } from "../../core/errors.js";
import { TAG } from "../../core/ownership.js";
import { inEachRegion } from "../each-region.js";
import type { Images } from "./artifact.js";
import type { MoveKind } from "./history.js";
import { labelComplaint, labelPointer } from "./label-pointer.js";
import { type Mover, parameterPointer } from "./parameter-pointer.js";
import type { Before, PointerMove } from "./pointer.js";
import { type RegionPointers, takeBack } from "./take-back.js";
import { templatePointer } from "./template-pointer.js";

/** What is moved where. */
export interface Promotion {
  readonly parameter: string;
  /** Moves this label instead of the parameter itself. */
  readonly label: string | undefined;
  /** Name or id of a launch template whose default version is to launch the image too. */
  readonly launchTemplate: string | undefined;
  /** Accounts that must be able to launch the image. */
  readonly sharedWith: readonly string[];
  readonly mover: Mover;
}

/** How the account is reached in a region: for the moves, and, after an interrupt, for taking them back. */
export type ScopeOf = (region: string, purpose: "move" | "restore") => CallScope;

/** What became of one pointer. */
export interface Moved extends PointerMove {
  readonly region: string;
  readonly pointer: string;
  readonly imageId: string;
  /** Image that it named before. */
  readonly previous: string | undefined;
  /** The version that named it, and who wrote that when; undefined where it named nothing. */
  readonly before: Before | undefined;
}

interface Place extends RegionPointers {
  readonly imageId: string;
  readonly obstacles: readonly string[];
}

/**
 * Points a parameter (or a label on it) in every region of an artifact at its image there, and a launch template with it. All
 * regions are checked before anything is moved; then all are moved at once, and then all read back; when one fails, all go back. Each
 * region is at the old or the new image at every moment, so after a kill another run ends it. Throws a `BakeError`, or `Cancelled`.
 */
export async function movePointers(images: Images, promotion: Promotion, scopeOf: ScopeOf): Promise<readonly Moved[]> {
  const complaint = promotion.label === undefined ? undefined : labelComplaint(promotion.label);
  if (complaint) throw new BakeError(complaint, { code: "label-invalid" });
  const places = await Promise.all([...images].map((image) => describePlace(image, promotion, scopeOf)));
  refuse(places);
  const moves = await inEachRegion(places, (place) => moveAll(place, scopeOf(place.region, "move")));
  const moved = moves.values.flat();
  let { failed } = moves;
  if (failed.length === 0 && moved.some((each) => each.moved)) {
    ({ failed } = await inEachRegion(places, (place) => checkAll(place, scopeOf(place.region, "move"))));
  }
  if (failed.length > 0) throw await takeBack(places, failed, (region) => scopeOf(region, "restore"));
  return moved;
}

async function describePlace(
  [region, imageId]: [string, string],
  promotion: Promotion,
  scopeOf: ScopeOf,
): Promise<Place> {
  const scope = scopeOf(region, "move");
  const { parameter, label, launchTemplate: templateName } = promotion;
  const [history, unfit, template] = await Promise.all([
    parameterHistory(scope, parameter),
    imageObstacles(scope, imageId, promotion.sharedWith, promotion.mover.kind),
    templateName === undefined ? undefined : launchTemplate(scope, templateName),
  ]);
  const versions = template ? await templateVersions(scope, template.id) : [];
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
      ...unfit,
      ...(templateName !== undefined && !template ? [`there is no launch template ${templateName}`] : []),
      ...pointers.flatMap((pointer) => pointer.obstacles(imageId)),
    ],
  };
}

/**
 * What keeps an image from being promoted in its region, or rolled back to; empty when nothing does. `accounts` must be able to
 * launch it. A deprecated image can be launched still: it is no reason against going back in a hurry.
 */
async function imageObstacles(
  scope: CallScope,
  imageId: string,
  accounts: readonly string[],
  kind: MoveKind,
): Promise<readonly string[]> {
  const image = await imageById(scope, imageId);
  if (image === undefined) return [`there is no image ${imageId}, or it is disabled or not shared with this account`];
  if (image.state !== "available") return [`${imageId} is not available: it is ${image.state}`];
  const found: string[] = [];
  if (
    kind === "promote" &&
    image.deprecatesAt !== undefined &&
    Date.parse(image.deprecatesAt) <= scope.session.clock.now()
  ) {
    found.push(`${imageId} is deprecated since ${image.deprecatesAt}`);
  }
  const unfinished = image.tags[TAG.unfinished];
  if (unfinished !== undefined) found.push(`${imageId} is not finished (${unfinished}): run its bake again`);
  if (accounts.length === 0) return found;
  const { users, groups } = await launchPermissions(scope, imageId);
  const without = accounts.filter((account) => account !== image.owner && !users.includes(account));
  if (without.length > 0 && !groups.includes("all")) {
    found.push(`${imageId} is not shared with ${without.join(", ")}: add them to ami_users and bake again`);
  }
  return found;
}

/** The value is not shown: it may be a secret. */
function notAnImages(name: string, history: readonly ParameterVersion[]): readonly string[] {
  const newest = history.at(-1);
  if (newest === undefined || newest.dataType === "aws:ec2:image" || newest.value.startsWith("ami-")) return [];
  return [`the parameter ${name} is not an image's: its value is no AMI id`];
}

function refuse(places: readonly Place[]): void {
  const found = places.flatMap(({ region, obstacles }) => obstacles.map((obstacle) => `${region}: ${obstacle}`));
  if (found.length === 0) return;
  throw new BakeError(`nothing was moved: ${found.join("; ")}`, {
    code: "promotion-refused",
    hint: "Nothing was changed: all Regions are checked first. Fix the problems listed above, or set the Regions to promote in.",
  });
}

/** In order within a region: the parameter, then the launch template. */
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
