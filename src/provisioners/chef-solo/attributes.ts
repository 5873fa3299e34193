import { messageOf } from "../../core/errors.js";
import type { Json } from "../../options/collections.js";

/** Attributes of a node, or why there are none. */
export interface Attributes {
  readonly value: Readonly<Record<string, Json>>;
  readonly problem?: string | undefined;
}

/** Attributes given as an object, or as JSON text of one. */
export function parseAttributes(given: Json | undefined): Attributes {
  if (given === undefined || given === null || given === "") return { value: {} };
  let value: unknown = given;
  if (typeof given === "string") {
    try {
      value = JSON.parse(given);
    } catch (error) {
      return { value: {}, problem: `it is not JSON: ${messageOf(error)}` };
    }
  }
  return isObject(value) ? { value } : { value: {}, problem: "it must be an object" };
}

function isObject(value: unknown): value is Readonly<Record<string, Json>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The file of attributes that Chef is given: those of the template, and the run list. */
export function nodeJson(json: Json | undefined, jsonString: string | undefined, runList: readonly string[]): string {
  const attributes = {
    ...parseAttributes(json).value,
    ...parseAttributes(jsonString).value,
    ...(runList.length > 0 ? { run_list: runList } : {}),
  };
  return JSON.stringify(attributes, undefined, 2);
}
