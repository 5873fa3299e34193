/** A filter block of a template: `filters` and repeated `filter` blocks. */
interface FilterBlock {
  readonly filters: Readonly<Record<string, string>>;
  readonly filter: readonly { readonly name: string; readonly value: string }[];
}

/** All filters of a block as one record; blocks beat the map. */
export function allFilters(block: FilterBlock): Readonly<Record<string, string>> {
  return { ...block.filters, ...Object.fromEntries(block.filter.map((each) => [each.name, each.value])) };
}
