import type { Position, Range } from "../../../core/source.js";
import type { Expression } from "./ast.js";

/**
 * The content of a file or block. In the native form attributes and blocks differ by syntax. In the JSON form only a
 * schema can tell whether a key is an attribute or a block, so a JSON body keeps its values and is decoded on demand.
 * Ask either with `content`, `partialContent` or `justAttributes` (content.ts) and the form does not matter.
 */
export type Body = NativeBody | JsonBody;

/** A body in the native form. */
export interface NativeBody {
  readonly syntax: "native";
  /** In order of appearance, names unique (a repeated one is a diagnostic, and the first stays). */
  readonly attributes: readonly Attribute[];
  /** In order of appearance. */
  readonly blocks: readonly Block[];
  readonly range: Range;
  /** Where something missing would be added: the closing brace or the end of the file; empty range. */
  readonly endRange: Range;
}

/** `name = expression`. */
export interface Attribute {
  readonly name: string;
  readonly nameRange: Range;
  readonly expression: Expression;
  readonly range: Range;
}

/** `type "label" { … }`. */
export interface Block {
  readonly type: string;
  readonly typeRange: Range;
  readonly labels: readonly Label[];
  readonly body: Body;
  /** Type, labels and braces; for error messages about the block as a whole use `headerRange`. */
  readonly range: Range;
  /** From the type to the last label. */
  readonly headerRange: Range;
}

/** `quoted`: `"name"`, not a bare `name`; the JSON form is always quoted. */
export interface Label {
  readonly text: string;
  readonly quoted: boolean;
  readonly range: Range;
}

/** `objects`: what the body is made of; more than one where an array of objects merges into one body. */
export interface JsonBody {
  readonly syntax: "json";
  readonly objects: readonly JsonObject[];
  /** Names that an earlier `partialContent` has read. */
  readonly consumed: ReadonlySet<string>;
  readonly range: Range;
  readonly endRange: Range;
}

/** A JSON value with places; strings are decoded, numbers keep their digits. */
export type JsonValue = JsonObject | JsonArray | JsonString | JsonNumber | JsonKeyword;

/** A JSON object; a name may repeat. */
export interface JsonObject {
  readonly kind: "object";
  /** In order of appearance; a key may appear several times. */
  readonly properties: readonly JsonProperty[];
  readonly range: Range;
}

/** One name of a JSON object with its value. */
export interface JsonProperty {
  readonly name: JsonString;
  readonly value: JsonValue;
}

/** A JSON array. */
export interface JsonArray {
  readonly kind: "array";
  readonly items: readonly JsonValue[];
  readonly range: Range;
}

/** `text` is decoded; `at` finds the place in the file of an index of it. */
export interface JsonString {
  readonly kind: "string";
  readonly text: string;
  readonly at: (index: number) => Position;
  readonly range: Range;
}

/** A JSON number; `digits` as written. */
export interface JsonNumber {
  readonly kind: "number";
  readonly digits: string;
  readonly range: Range;
}

/** `true`, `false` or `null`. */
export interface JsonKeyword {
  readonly kind: "keyword";
  readonly value: boolean | null;
  readonly range: Range;
}

/** What a decoder expects of a body (HCL's body schema). */
export interface BodySchema {
  readonly attributes?: readonly { readonly name: string; readonly required?: boolean | undefined }[] | undefined;
  /** `labels` are the names of the labels, for messages; their number is required. */
  readonly blocks?: readonly { readonly type: string; readonly labels?: readonly string[] | undefined }[] | undefined;
}

/** What a schema found in a body. */
export interface BodyContent {
  /** By name. */
  readonly attributes: ReadonlyMap<string, Attribute>;
  /** In order of appearance. */
  readonly blocks: readonly Block[];
  /** Where something missing would be added. */
  readonly endRange: Range;
}
