import type { CallScope } from "../aws/client/session.js";
import { NAMES_AT_ONCE, putTextParameter, readParameters } from "../aws/parameter.js";
import type { PackageList } from "../core/packages.js";
import { packedHead, packList, unpackList } from "./pack.js";

/** Lists are stored in two alternating slots, so that the list of the parameter's earlier image is never overwritten. */
const PLACES = ["a", "b"] as const;

type Place = (typeof PLACES)[number];

/** Maximum number of parameters of a list. 10 parameters hold about 3,500 packages. */
const MOST_PIECES = 10;

/** The number of pieces of each slot that the first call reads. Most lists have no more. */
const FIRST_PIECES = NAMES_AT_ONCE / PLACES.length;

/** The lists that are stored below an image parameter, by image. */
export interface KeptLists {
  readonly lists: ReadonlyMap<string, PackageList>;
  readonly places: ReadonlyMap<Place, string>;
}

/** Returns the name of a piece, counted from 1: `PARAMETER/packages/a-1`. It has two more levels than the parameter. */
function pieceName(parameter: string, place: Place, number: number): string {
  return `${parameter.startsWith("/") ? "" : "/"}${parameter}/packages/${place}-${number}`;
}

/**
 * Returns the lists of the images `imageIds` that are stored below a parameter. It needs one call, and one more for each list of more
 * than 5 pieces. Incomplete lists are ignored.
 */
export async function readKeptLists(
  scope: CallScope,
  parameter: string,
  imageIds: readonly string[],
): Promise<KeptLists> {
  const numbers = Array.from({ length: FIRST_PIECES }, (_, i) => i + 1);
  const names = PLACES.flatMap((place) => numbers.map((number) => pieceName(parameter, place, number)));
  const first = await readParameters(scope, names);
  const lists = new Map<string, PackageList>();
  const places = new Map<Place, string>();
  for (const place of PLACES) {
    const head = packedHead(first.get(pieceName(parameter, place, 1)) ?? "");
    if (!head) continue;
    places.set(place, head.imageId);
    if (!imageIds.includes(head.imageId) || head.count > MOST_PIECES) continue;
    const all = Array.from({ length: head.count }, (_, i) => pieceName(parameter, place, i + 1));
    const rest = all.slice(FIRST_PIECES);
    const found = rest.length > 0 ? new Map([...first, ...(await readParameters(scope, rest))]) : first;
    const list = unpackList(all.map((name) => found.get(name) ?? ""));
    if (list) lists.set(head.imageId, list);
  }
  return { lists, places };
}

/** The list to store, and the earlier image, whose list must not be overwritten. */
export interface Keeping {
  readonly list: PackageList;
  readonly imageId: string;
  readonly previous: string | undefined;
  readonly kept: KeptLists;
}

/**
 * Stores the list of an image below its parameter, with one call per piece, in the slot that the earlier image does not use. Returns
 * false and writes nothing if the list is too long.
 */
export async function keepList(scope: CallScope, parameter: string, keeping: Keeping): Promise<boolean> {
  const { list, imageId, previous, kept } = keeping;
  const pieces = packList(list, imageId);
  if (pieces.length > MOST_PIECES) return false;
  const place = placeFor(imageId, previous, kept);
  const description = `Packages of ${imageId}, written by bake-ami`;
  // The first piece is written last: until then readers see the old list as incomplete.
  for (const [index, piece] of [...pieces.entries()].reverse()) {
    await putTextParameter(scope, pieceName(parameter, place, index + 1), piece, description);
  }
  return true;
}

/** Returns the slot of the image if it has one, else a free one, else the one that the earlier image does not use. */
function placeFor(imageId: string, previous: string | undefined, { places }: KeptLists): Place {
  const own = PLACES.find((place) => places.get(place) === imageId);
  const free = PLACES.find((place) => !places.has(place));
  return own ?? free ?? PLACES.find((place) => places.get(place) !== previous) ?? "a";
}
