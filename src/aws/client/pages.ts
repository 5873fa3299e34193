/** What AWS returns for one page: EC2, Systems Manager and Auto Scaling name the next one by `NextToken`, IAM by `Marker`. */
interface Page {
  readonly NextToken?: string | undefined;
  readonly Marker?: string | undefined;
}

/**
 * Returns the items of all pages of a call, in order. `ask` sends the call with the token of a page, undefined for the first;
 * `itemsOf` takes the items out of what it returns. Rejects as `ask` does.
 */
export async function pages<P extends Page, T>(
  ask: (token: string | undefined) => Promise<P>,
  itemsOf: (page: P) => readonly T[] | undefined,
): Promise<readonly T[]> {
  const items: T[] = [];
  let token: string | undefined;
  do {
    const page = await ask(token);
    items.push(...(itemsOf(page) ?? []));
    token = page.NextToken || page.Marker || undefined;
  } while (token !== undefined);
  return items;
}
