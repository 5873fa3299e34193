import { constant } from "../../../options/context.js";
import { late, lateMap, map, object, objects, text } from "../../../options/fields.js";

const anyText = { doc: "Value. `{{ .SourceAMI }}` and similar variables are rendered during the build." };

/** Tags as a map; keys and values are rendered during the build (Packer §1.10). */
export const tagMap = (doc: string) => lateMap({ doc, unfingerprinted: true });

/** Tags as repeated `key`, `value` blocks. */
export const tagBlocks = (doc: string) =>
  objects(
    {
      key: late({ doc: "Key.", required: true }),
      value: late({ ...anyText, default: constant(""), defaultDoc: "empty" }),
    },
    { doc, unfingerprinted: true },
  );

/** Tags as repeated `name`, `value` blocks. */
export const namedTagBlocks = (doc: string) =>
  objects(
    {
      name: late({ doc: "Key.", required: true }),
      value: late({ ...anyText, default: constant(""), defaultDoc: "empty" }),
    },
    { doc, unfingerprinted: true },
  );

/** `filters` as a map, and as repeated `filter` blocks. Commas separate several values. */
export const filterFields = {
  filters: map({ doc: "EC2 filter names and values. Commas separate several values, as in a CSV line." }),
  filter: objects(
    {
      name: text({ doc: "Filter name.", required: true }),
      value: text({ doc: "Value, or several values separated by commas.", required: true }),
    },
    { doc: "Same as `filters`, as blocks." },
  ),
};

/** A filter without further options. */
export const plainFilter = (doc: string) => object(filterFields, { doc, unfingerprinted: true });

/** A filter block of a template: `filters` and repeated `filter` blocks. */
interface FilterBlock {
  readonly filters: Readonly<Record<string, string>>;
  readonly filter: readonly { readonly name: string; readonly value: string }[];
}

/** Returns all filters of a block as one record. Blocks override the map. */
export function allFilters(block: FilterBlock): Readonly<Record<string, string>> {
  return { ...block.filters, ...Object.fromEntries(block.filter.map((each) => [each.name, each.value])) };
}
