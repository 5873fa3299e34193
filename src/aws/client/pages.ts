/** One page of a response. The token of the next page is `NextToken` in EC2, Systems Manager and Auto Scaling, `Marker` in IAM. */
interface Page {
  readonly NextToken?: string | undefined;
  readonly Marker?: string | undefined;
}

/** Rows of one page of EC2's Describe calls (`MaxResults`). EC2 throttles calls without it first (EC2 API throttling). */
export const PAGE_SIZE = 1000;

/** The same for the calls about launch templates. */
export const TEMPLATE_PAGE_SIZE = 200;

/**
 * Returns the items of all pages of a call, in order. `fetchPage` sends the call with the token of a page, undefined for the first.
 * `itemsOf` returns the items of a page. Rejects when `fetchPage` rejects.
 */
export async function readPages<P extends Page, T>(
  fetchPage: (token: string | undefined) => Promise<P>,
  itemsOf: (page: P) => readonly T[] | undefined,
): Promise<readonly T[]> {
  const items: T[] = [];
  let token: string | undefined;
  do {
    const page = await fetchPage(token);
    items.push(...(itemsOf(page) ?? []));
    token = page.NextToken || page.Marker || undefined;
  } while (token !== undefined);
  return items;
}
