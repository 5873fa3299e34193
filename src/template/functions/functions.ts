import { STRING } from "../values/types.js";
import { stringValue } from "../values/value.js";
import { COLLECTIONS } from "./collections.js";
import { COMBINING } from "./combining.js";
import { CSV_FUNCTIONS } from "./csv.js";
import { defineFunction, type FunctionContext, type FunctionDefinition, param, textOf } from "./definition.js";
import { ENCODINGS } from "./encoding.js";
import { filesystemFunctions } from "./filesystem.js";
import { FORMATS } from "./format.js";
import { hashingFunctions } from "./hashing.js";
import { JSON_FUNCTIONS } from "./json.js";
import { MAPS } from "./maps.js";
import { NETWORK } from "./network.js";
import { NUMERIC } from "./numeric.js";
import { REGULAR_EXPRESSIONS } from "./regular-expressions.js";
import { secretFunctions } from "./secrets.js";
import { STRING_FUNCTIONS } from "./strings.js";
import { timeFunctions } from "./time.js";
import { YAML_FUNCTIONS } from "./yaml.js";

/**
 * Returns all functions of HCL2 templates that work on values (Packer §2.5). `try`, `can`, `convert` and `templatefile` work on
 * expressions: see evaluation.
 */
export function templateFunctions(context: FunctionContext): ReadonlyMap<string, FunctionDefinition> {
  return new Map(
    Object.entries({
      ...NUMERIC,
      ...STRING_FUNCTIONS,
      ...FORMATS,
      ...REGULAR_EXPRESSIONS,
      ...COLLECTIONS,
      ...COMBINING,
      ...MAPS,
      ...ENCODINGS,
      ...JSON_FUNCTIONS,
      ...YAML_FUNCTIONS,
      ...CSV_FUNCTIONS,
      ...filesystemFunctions(context),
      ...timeFunctions(context),
      ...hashingFunctions(context),
      ...NETWORK,
      ...secretFunctions(context),
    }),
  );
}

/** Returns the only function that defaults of variables may call: `env("NAME")`, which is empty when the variable is not set. */
export function defaultFunctions(context: FunctionContext): ReadonlyMap<string, FunctionDefinition> {
  const env = defineFunction(STRING, [param("key", STRING)], (args) =>
    stringValue(context.lookups.env(textOf(args, 0)) ?? ""),
  );
  return new Map([["env", env]]);
}
