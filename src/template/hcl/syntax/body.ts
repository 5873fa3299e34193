import type { Position, Range } from "../../../core/source.js";
import type { Expression } from "./ast.js";

/**
 * The content of a file or block. In the native syntax, attributes and blocks have different forms. In the JSON syntax, only a
 * schema distinguishes them, so a JSON body keeps its values and is decoded on demand. `content`, `partialContent` and
 * `justAttributes` (content.ts) read both kinds of body.
 */
export type Body = NativeBody | JsonBody;

/** A body in the native syntax. */
export interface NativeBody {
  readonly syntax: "native";
  /** In order of appearance, with unique names. A repeated name is an error, and the first attribute is kept. */
  readonly attributes: readonly Attribute[];
  /** In order of appearance. */
  readonly blocks: readonly Block[];
  readonly range: Range;
  /** An empty range at the closing brace or the end of the file, for errors about missing items. */
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
  /** Type, labels and braces. Use `headerRange` for errors about the whole block. */
  readonly range: Range;
  /** From the type to the last label. */
  readonly headerRange: Range;
}

/** `quoted`: `"name"`, not a bare `name`. Labels in JSON syntax are always quoted. */
export interface Label {
  readonly text: string;
  readonly quoted: boolean;
  readonly range: Range;
}

/** A body in the JSON syntax. It has several `objects` when it is an array of objects. */
export interface JsonBody {
  readonly syntax: "json";
  readonly objects: readonly JsonObject[];
  /** Names that an earlier `partialContent` has read. */
  readonly consumed: ReadonlySet<string>;
  readonly range: Range;
  readonly endRange: Range;
}

/** A JSON value with ranges. Strings are decoded, numbers keep their digits. */
export type JsonValue = JsonObject | JsonArray | JsonString | JsonNumber | JsonKeyword;

/** A JSON object; a name may repeat. */
export interface JsonObject {
  readonly kind: "object";
  /** In order of appearance. A name can appear several times. */
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

/** `text` is decoded. `at` returns the position in the file of an index in `text`. */
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

/** The attributes and blocks that a body can contain (HCL's body schema). */
export interface BodySchema {
  readonly attributes?: readonly { readonly name: string; readonly required?: boolean | undefined }[] | undefined;
  /** `labels` are the names of the labels, for messages. A block must have all of them. */
  readonly blocks?: readonly { readonly type: string; readonly labels?: readonly string[] | undefined }[] | undefined;
}

/** The content of a body by a schema. */
export interface BodyContent {
  /** By name. */
  readonly attributes: ReadonlyMap<string, Attribute>;
  /** In order of appearance. */
  readonly blocks: readonly Block[];
  /** An empty range at the end of the body, for errors about missing items. */
  readonly endRange: Range;
}
