import type { CallScope } from "../aws/client/session.js";
import { NAMES_AT_ONCE, putTextParameter, readParameters } from "../aws/parameter.js";
import type { PackageList } from "../core/packages.js";
import { packedHead, packList, unpackList } from "./pack.js";

/** Lists are kept in two places that take turns: the one of the image that the parameter named before is never overwritten. */
const PLACES = ["a", "b"] as const;

type Place = (typeof PLACES)[number];

/** Parameters that a list may take: 10 hold some 3,500 packages. */
const MOST_PIECES = 10;

/** Pieces of each place that are read with the first call: most lists have no more. */
const FIRST_PIECES = NAMES_AT_ONCE / PLACES.length;

/** The lists that are kept below an image parameter, by image. */
export interface KeptLists {
  readonly lists: ReadonlyMap<string, PackageList>;
  readonly places: ReadonlyMap<Place, string>;
}

/** The name of a piece, from 1: `PARAMETER/packages/a-1`. Two more levels than the parameter has. */
function pieceName(parameter: string, place: Place, number: number): string {
  return `${parameter.startsWith("/") ? "" : "/"}${parameter}/packages/${place}-${number}`;
}

/**
 * Reads the lists of the images `wanted` that are kept below a parameter, with one call; one more for each list that is longer
 * than 5 pieces. What is not whole is none.
 */
export async function readKeptLists(
  scope: CallScope,
  parameter: string,
  wanted: readonly string[],
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
    if (!wanted.includes(head.imageId) || head.count > MOST_PIECES) continue;
    const all = Array.from({ length: head.count }, (_, i) => pieceName(parameter, place, i + 1));
    const rest = all.slice(FIRST_PIECES);
    const found = rest.length > 0 ? new Map([...first, ...(await readParameters(scope, rest))]) : first;
    const list = unpackList(all.map((name) => found.get(name) ?? ""));
    if (list) lists.set(head.imageId, list);
  }
  return { lists, places };
}

/** The list to keep, and the image that must not lose its own. */
export interface Keeping {
  readonly list: PackageList;
  readonly imageId: string;
  readonly previous: string | undefined;
  readonly kept: KeptLists;
}

/**
 * Keeps the list of an image below its parameter, one call a piece, in the place that is not that of the image before. Returns
 * false, with nothing written, where the list is too long.
 */
export async function keepList(scope: CallScope, parameter: string, keeping: Keeping): Promise<boolean> {
  const { list, imageId, previous, kept } = keeping;
  const pieces = packList(list, imageId);
  if (pieces.length > MOST_PIECES) return false;
  const place = placeFor(imageId, previous, kept);
  const description = `Packages of ${imageId}, written by bake-ami`;
  // The first piece last: until it is there, the place is the old list's, which is then not whole.
  for (const [index, piece] of [...pieces.entries()].reverse()) {
    await putTextParameter(scope, pieceName(parameter, place, index + 1), piece, description);
  }
  return true;
}

/** Its own where it has one, else one that is free, else any but the one of the image before. */
function placeFor(imageId: string, previous: string | undefined, { places }: KeptLists): Place {
  const own = PLACES.find((place) => places.get(place) === imageId);
  const free = PLACES.find((place) => !places.has(place));
  return own ?? free ?? PLACES.find((place) => places.get(place) !== previous) ?? "a";
}
