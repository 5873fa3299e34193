import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

type Schema = Readonly<Record<string, unknown>> | boolean;

/** Directory of the CycloneDX schemas in the library's package. */
const SCHEMAS = join(
  dirname(createRequire(import.meta.url).resolve("@cyclonedx/cyclonedx-library/package.json")),
  "res/schema",
);

/** Keywords that describe a schema and require nothing. */
const TELLING =
  /^(\$schema|\$id|\$comment|title|description|definitions|examples|default|format|deprecated|meta:enum)$/;

/** Returns where a value violates the CycloneDX schema of a file (JSON Schema draft 7, without formats); empty if it conforms. */
export function complaintsOf(value: unknown, file: string): readonly string[] {
  return check(value, load(file), file, "$");
}

const loaded = new Map<string, Schema>();

function load(file: string): Schema {
  const schema: Schema = loaded.get(file) ?? JSON.parse(readFileSync(join(SCHEMAS, file), "utf8"));
  loaded.set(file, schema);
  return schema;
}

function check(value: unknown, schema: Schema, file: string, at: string): readonly string[] {
  if (typeof schema === "boolean") return schema ? [] : [`${at} may not be`];
  if (typeof schema.$ref === "string") return checkReference(value, schema.$ref, file, at);
  return Object.entries(schema).flatMap(([keyword, given]) =>
    TELLING.test(keyword) ? [] : checkKeyword(value, keyword, given, { schema, file, at }),
  );
}

function checkReference(value: unknown, reference: string, file: string, at: string): readonly string[] {
  const [name, path = ""] = reference.split("#");
  const target = name || file;
  let schema: unknown = load(target);
  for (const key of path.split("/").slice(1)) schema = isObject(schema) ? schema[key] : undefined;
  if (!isSchema(schema)) throw new Error(`no schema at ${reference} of ${file}`);
  return check(value, schema, target, at);
}

interface Place {
  readonly schema: Readonly<Record<string, unknown>>;
  readonly file: string;
  readonly at: string;
}

function checkKeyword(value: unknown, keyword: string, given: unknown, place: Place): readonly string[] {
  const { schema, file, at } = place;
  const within = (item: unknown, sub: unknown, where: string) => (isSchema(sub) ? check(item, sub, file, where) : []);
  const alternatives = () => list(given).filter((sub) => within(value, sub, at).length === 0).length;
  const complain = (wrong: boolean) => (wrong ? [`${at}: ${keyword} ${JSON.stringify(given)?.slice(0, 80)}`] : []);
  switch (keyword) {
    case "type":
      return complain(![given].flat().some((type) => isOfType(value, String(type))));
    case "enum":
      return complain(!list(given).includes(value));
    case "const":
      return complain(value !== given);
    case "pattern":
      return complain(typeof value === "string" && !new RegExp(String(given), "u").test(value));
    case "minLength":
      return complain(typeof value === "string" && value.length < Number(given));
    case "maxLength":
      return complain(typeof value === "string" && value.length > Number(given));
    case "minimum":
      return complain(typeof value === "number" && value < Number(given));
    case "minItems":
      return complain(Array.isArray(value) && value.length < Number(given));
    case "uniqueItems":
      return complain(Array.isArray(value) && new Set(value.map((item) => JSON.stringify(item))).size < value.length);
    case "required":
      return complain(isObject(value) && list(given).some((key) => !Object.hasOwn(value, String(key))));
    case "items":
      return Array.isArray(value) ? value.flatMap((item, i) => within(item, given, `${at}[${i}]`)) : [];
    case "properties":
      return Object.entries(isObject(given) ? given : {}).flatMap(([key, sub]) =>
        isObject(value) && Object.hasOwn(value, key) ? within(value[key], sub, `${at}.${key}`) : [],
      );
    case "additionalProperties": {
      const known = isObject(schema.properties) ? schema.properties : {};
      const others = Object.entries(isObject(value) ? value : {}).filter(([key]) => !Object.hasOwn(known, key));
      return others.flatMap(([key, item]) => within(item, given, `${at}.${key}`));
    }
    case "allOf":
      return list(given).flatMap((sub) => within(value, sub, at));
    case "anyOf":
      return complain(alternatives() === 0);
    case "oneOf":
      return complain(alternatives() !== 1);
    default:
      throw new Error(`the keyword ${keyword} is not known to this check`);
  }
}

function isOfType(value: unknown, type: string): boolean {
  if (type === "array") return Array.isArray(value);
  if (type === "object") return isObject(value);
  if (type === "integer") return Number.isInteger(value);
  return type === "null" ? value === null : typeof value === type;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isSchema(value: unknown): value is Schema {
  return typeof value === "boolean" || isObject(value);
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
