import type { Position, Range } from "../../../core/source.js";

/**
 * The tree of HCL2 expressions and templates (HCL native syntax specification), for the native and the JSON syntax. The tree of
 * bodies and blocks is in `body.ts`. The parser limits the depth (`MAX_DEPTH`), so recursive functions are safe.
 */
export type Expression =
  | NumberLiteral
  | BooleanLiteral
  | NullLiteral
  | TemplateExpression
  | VariableExpression
  | Traversal
  | FunctionCall
  | Tuple
  | ObjectExpression
  | ForTuple
  | ForObject
  | Conditional
  | BinaryOperation
  | UnaryOperation
  | Parentheses
  | InvalidExpression;

/** `digits` is the number as written (`1.50`, `1e3`), to keep its precision. It never has a sign. */
export interface NumberLiteral {
  readonly kind: "number";
  readonly digits: string;
  readonly range: Range;
}

export interface BooleanLiteral {
  readonly kind: "boolean";
  readonly value: boolean;
  readonly range: Range;
}

export interface NullLiteral {
  readonly kind: "null";
  readonly range: Range;
}

/** A bare root name: `var`, `local`, an iterator. `var.x` is a traversal whose source is the variable `var`. */
export interface VariableExpression {
  readonly kind: "variable";
  readonly name: string;
  readonly range: Range;
}

/** `source` with one or more steps: `a.b[0].c` has three steps. `range` includes source and steps. */
export interface Traversal {
  readonly kind: "traversal";
  readonly source: Expression;
  readonly steps: readonly TraversalStep[];
  readonly range: Range;
}

/** A step after a value: `.name`, `[key]`, `.0`, `.*`, `[*]`. */
export type TraversalStep = AttributeStep | IndexStep | LegacyIndexStep | SplatStep;

/** `.name`; `range` includes the dot. */
export interface AttributeStep {
  readonly kind: "attribute";
  readonly name: string;
  readonly nameRange: Range;
  readonly range: Range;
}

/** `[key]`; `range` includes the brackets. */
export interface IndexStep {
  readonly kind: "index";
  readonly key: Expression;
  readonly range: Range;
}

/** `.0`: an index in legacy syntax. `digits` are decimal digits. */
export interface LegacyIndexStep {
  readonly kind: "legacy-index";
  readonly digits: string;
  readonly range: Range;
}

/**
 * `.*` (form `attribute`) or `[*]` (form `full`). `steps` can be empty. They apply to every element of a list, set or tuple. Any
 * other value counts as a list of one, and null as the empty list. For `.*`, `steps` are only attribute and legacy-index steps;
 * the following steps of the traversal apply to the resulting tuple. For `[*]`, `steps` are all following steps, nested splats
 * included. `range` includes the operator and `steps`.
 */
export interface SplatStep {
  readonly kind: "splat";
  readonly form: "attribute" | "full";
  readonly steps: readonly TraversalStep[];
  /** The operator alone, `.*` or `[*]`. */
  readonly operatorRange: Range;
  readonly range: Range;
}

/** `name(arguments)`; `name` may be namespaced: `provider::local::upper`. */
export interface FunctionCall {
  readonly kind: "call";
  readonly name: string;
  readonly nameRange: Range;
  readonly arguments: readonly Expression[];
  /** True when `...` follows the last argument. */
  readonly expandFinal: boolean;
  readonly range: Range;
}

/** `[a, b]`. */
export interface Tuple {
  readonly kind: "tuple";
  readonly items: readonly Expression[];
  readonly range: Range;
}

/** `{ a = 1, b = 2 }`. */
export interface ObjectExpression {
  readonly kind: "object";
  readonly items: readonly ObjectItem[];
  readonly range: Range;
}

export interface ObjectItem {
  readonly key: ObjectKey;
  readonly value: Expression;
}

/**
 * A bare name is a literal key, also `null`, `true` and `false`; `for` must be quoted. Any other key is evaluated and converted to
 * a string. `(name)` is a `Parentheses` and so a reference. A `Traversal` of a variable without parentheses (`a.b = 1`) is
 * ambiguous: its evaluation is an error, as in HCL ("Ambiguous attribute key").
 */
export type ObjectKey = NameKey | Expression;

export interface NameKey {
  readonly kind: "name";
  readonly name: string;
  readonly range: Range;
}

/** `[for k, v in collection : value if condition]`. */
export interface ForTuple extends ForHead {
  readonly kind: "for-tuple";
  readonly value: Expression;
}

/** `{for k, v in collection : key => value... if condition}`; `grouped` is the `...`. */
export interface ForObject extends ForHead {
  readonly kind: "for-object";
  readonly key: Expression;
  readonly value: Expression;
  readonly grouped: boolean;
}

/** The common fields of both kinds of for expressions. */
export interface ForHead {
  /** Undefined in `for v in …`. */
  readonly keyName: Name | undefined;
  readonly valueName: Name;
  readonly collection: Expression;
  readonly condition: Expression | undefined;
  readonly range: Range;
}

/** An identifier that is declared here. */
export interface Name {
  readonly name: string;
  readonly range: Range;
}

/** `condition ? whenTrue : whenFalse`. */
export interface Conditional {
  readonly kind: "conditional";
  readonly condition: Expression;
  readonly whenTrue: Expression;
  readonly whenFalse: Expression;
  readonly range: Range;
}

export type BinaryOperator = "||" | "&&" | "==" | "!=" | "<" | ">" | "<=" | ">=" | "+" | "-" | "*" | "/" | "%";

export interface BinaryOperation {
  readonly kind: "binary";
  readonly operator: BinaryOperator;
  readonly left: Expression;
  readonly right: Expression;
  readonly range: Range;
}

export interface UnaryOperation {
  readonly kind: "unary";
  readonly operator: "-" | "!";
  readonly operand: Expression;
  readonly range: Range;
}

export interface Parentheses {
  readonly kind: "parentheses";
  readonly inner: Expression;
  readonly range: Range;
}

/** A placeholder for an expression that cannot be parsed; a diagnostic has the reason. Its value is unknown. */
export interface InvalidExpression {
  readonly kind: "invalid";
  readonly range: Range;
}

/**
 * A template. `""` has no parts. Adjacent literals are one part. A literal that strip markers make empty is kept, because it makes
 * the result a string. Literal texts are final: escapes are decoded, strip markers (`~`) and the dedent of `<<-` are applied.
 * If the only part is an interpolation, the value is the value of its expression, without conversion (HCL "template unwrapping",
 * see `isUnwrapped`). In all other cases the result is a string.
 */
export interface TemplateExpression {
  readonly kind: "template";
  /**
   * `quoted`: `"…"`; `heredoc`: `<<X`; `flush-heredoc`: `<<-X`; `text`: a whole file (`templatefile`); `json`: a JSON string.
   */
  readonly form: "quoted" | "heredoc" | "flush-heredoc" | "text" | "json";
  readonly parts: readonly TemplatePart[];
  /** The source between the delimiters, for `json` with decoded JSON escapes. `staticExpression` reads it. */
  readonly raw: string;
  /** The word after `<<`, for heredocs. */
  readonly delimiter: string | undefined;
  /** Returns the position of an index of `raw`, for `json`. */
  readonly source: { readonly at: (index: number) => Position } | undefined;
  readonly range: Range;
}

export type TemplatePart = LiteralPart | InterpolationPart | IfPart | ForPart;

/** `text` is the final value of the part. Strip markers can make it empty. */
export interface LiteralPart {
  readonly kind: "literal";
  readonly text: string;
  readonly range: Range;
}

/** The `~` of one template sequence: `before` for `${~`, `after` for `~}`. Already applied to the adjacent literals. */
export interface StripMarkers {
  readonly before: boolean;
  readonly after: boolean;
}

/** `${expression}`; `range` includes the delimiters. */
export interface InterpolationPart {
  readonly kind: "interpolation";
  readonly expression: Expression;
  readonly strip: StripMarkers;
  readonly range: Range;
}

/** `%{if condition}…%{else}…%{endif}`. Branches always evaluate to strings. */
export interface IfPart {
  readonly kind: "if";
  readonly condition: Expression;
  readonly whenTrue: readonly TemplatePart[];
  /** Undefined without `%{else}`; the result is then an empty string. */
  readonly whenFalse: readonly TemplatePart[] | undefined;
  readonly strip: { readonly open: StripMarkers; readonly else: StripMarkers | undefined; readonly end: StripMarkers };
  readonly range: Range;
}

/** `%{for k, v in collection}…%{endfor}`. */
export interface ForPart {
  readonly kind: "for";
  readonly keyName: Name | undefined;
  readonly valueName: Name;
  readonly collection: Expression;
  readonly body: readonly TemplatePart[];
  readonly strip: { readonly open: StripMarkers; readonly end: StripMarkers };
  readonly range: Range;
}

/** Returns true when the template is `"${expression}"`. Its value is the value of the expression. */
export function isUnwrapped(
  template: TemplateExpression,
): template is TemplateExpression & { readonly parts: readonly [InterpolationPart] } {
  return template.parts.length === 1 && template.parts[0]?.kind === "interpolation";
}

/** Returns the text of a template of literals. Returns undefined when the template has other parts. */
export function literalText(template: TemplateExpression): string | undefined {
  let text = "";
  for (const part of template.parts) {
    if (part.kind !== "literal") return undefined;
    text += part.text;
  }
  return text;
}
