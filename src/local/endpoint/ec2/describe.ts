import type { ApiCall } from "../call.js";
import type { Resource, TagMap } from "../records.js";
import { type FilterFields, filtered } from "../wire/filters.js";
import { EC2_PAGES, type Page, type PageRule, page } from "../wire/paging.js";
import { texts } from "../wire/query.js";
import type { Members } from "../wire/xml.js";
import { checkId, isVisible, type Kind, notFound } from "./ids.js";

/** The rows that a Describe call is about: those that it names, else all. */
export interface Selection<T> {
  readonly rows: readonly T[];
  /** The ids in the call; EC2 refuses a page size together with them. Empty where EC2 accepts both. */
  readonly ids: readonly string[];
}

/** Rows that the call does not name by ids, or where EC2 accepts a page size together with ids. */
export function withoutIds<T>(rows: readonly T[]): Selection<T> {
  return { rows, ids: [] };
}

/** How a Describe call filters and pages its rows. */
export interface Listing<T> {
  readonly filters: FilterFields<T>;
  /** Tags of a row, for the filters `tag:KEY`, `tag-key` and `tag-value`. */
  readonly tagsOf?: ((row: T) => TagMap) | undefined;
  /** `EC2_PAGES` unless set. */
  readonly pages?: PageRule | undefined;
}

/**
 * The resources with the ids that a call lists under `member`, else all; in both cases only those that other calls know already.
 * Throws the kind's `Malformed` or `NotFound`.
 */
export function select<T extends Resource>(
  call: ApiCall,
  kind: Kind,
  among: ReadonlyMap<string, T>,
  member: string,
): Selection<T> {
  const ids = texts(call.params, member);
  for (const id of ids) checkId(kind, id);
  if (ids.length === 0) return { ids, rows: [...among.values()].filter((resource) => isVisible(call, resource)) };
  const rows = [...new Set(ids)].flatMap((id) => among.get(id) ?? []).filter((resource) => isVisible(call, resource));
  const known = new Set(rows.map(({ id }) => id));
  const unknown = [...new Set(ids)].filter((id) => !known.has(id));
  if (unknown.length > 0) throw notFound(kind, unknown);
  return { ids, rows };
}

/** The page that a Describe call asks for, of the selected rows that pass its filters. Throws as `filtered` and `page` do. */
export function findPage<T>(call: ApiCall, { rows, ids }: Selection<T>, listing: Listing<T>): Page<T> {
  const { filters, tagsOf, pages = EC2_PAGES } = listing;
  return page(call.params, filtered(call.params, rows, filters, tagsOf), pages, ids);
}

/** A Describe call: the page that it asks for, its rows written by `item` as the list `name`. Throws as `findPage`. */
export function describeRows<T>(
  call: ApiCall,
  name: string,
  selection: Selection<T>,
  listing: Listing<T> & { readonly item: (row: T) => Members },
): Members {
  const found = findPage(call, selection, listing);
  return { [name]: found.rows.map(listing.item), nextToken: found.nextToken };
}
