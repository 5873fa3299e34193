import type { Position, Range } from "../../../core/source.js";

/**
 * The tree of HCL2 expressions and templates (HCL native syntax specification), shared by the native and the JSON form.
 * The tree of bodies and blocks is in `body.ts`. Depth is limited by the parser (`MAX_DEPTH`), so a recursive walk is safe.
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

/** `digits` is the number as written (`1.50`, `1e3`), so that no precision is lost. Never has a sign. */
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

/** `source` followed by one or more steps, flat: `a.b[0].c` has three steps. `range` covers source and steps. */
export interface Traversal {
  readonly kind: "traversal";
  readonly source: Expression;
  readonly steps: readonly TraversalStep[];
  readonly range: Range;
}

/** What may follow a value: `.name`, `[key]`, `.0`, `.*`, `[*]`. */
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

/** `.0`: an index as old HCL wrote it; `digits` are decimal digits. */
export interface LegacyIndexStep {
  readonly kind: "legacy-index";
  readonly digits: string;
  readonly range: Range;
}

/**
 * `.*` (form `attribute`) or `[*]` (form `full`). `steps` are applied to every element (a list, set or tuple; anything else
 * that is not null counts as a list of one; null as the empty list) and may be empty. For `.*` they hold only attribute and
 * legacy-index steps; what follows is a later step of the traversal and applies to the resulting tuple. For `[*]` they hold
 * all that follows, nested splats included. `range` covers the operator and `steps`.
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
  /** The last argument was followed by `...`. */
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
 * A bare name is a literal key (also `null`, `true`, `false`, `for` when quoted only); anything else is evaluated and converted to
 * a string. `(name)` is a `Parentheses` and so a reference. A `Traversal` rooted at a variable and without parentheses
 * (`a.b = 1`) is ambiguous: HCL refuses it when it is evaluated ("Ambiguous attribute key": wrap in parentheses or quotes).
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

/** What both kinds of for expressions have. */
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

/** What stands where the text could not be understood; a diagnostic says why. Evaluates to an unknown value of any type. */
export interface InvalidExpression {
  readonly kind: "invalid";
  readonly range: Range;
}

/**
 * Text with holes. `""` has no parts. Neighbouring literals are one part; one that is stripped to nothing stays, as it makes
 * the result a string.
 * Literal texts are final: escapes decoded, strip markers (`~`) and the dedent of `<<-` already applied.
 * With exactly one part that is an interpolation the template's value is that expression's own value, unconverted
 * (HCL "template unwrapping", see `isUnwrapped`); in every other case the result is a string.
 */
export interface TemplateExpression {
  readonly kind: "template";
  /**
   * `quoted` in `"…"`, `heredoc` `<<X`, `flush-heredoc` `<<-X`, `text` a whole file (`templatefile`), `json` a string of the JSON form.
   */
  readonly form: "quoted" | "heredoc" | "flush-heredoc" | "text" | "json";
  readonly parts: readonly TemplatePart[];
  /** The source between the delimiters; for `json` after JSON's own escapes. What `staticExpression` reads. */
  readonly raw: string;
  /** The word after `<<`, for heredocs. */
  readonly delimiter: string | undefined;
  /** Places of the indexes of `raw`, for `json`. */
  readonly source: { readonly at: (index: number) => Position } | undefined;
  readonly range: Range;
}

export type TemplatePart = LiteralPart | InterpolationPart | IfPart | ForPart;

/** `text` is the final value of the part, possibly empty after stripping. */
export interface LiteralPart {
  readonly kind: "literal";
  readonly text: string;
  readonly range: Range;
}

/** The `~` of one template sequence: `before` as in `${~`, `after` as in `~}`. Already applied to the neighbours' texts. */
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

/** `%{if condition}…%{else}…%{endif}`. Branches evaluate like templates, always to strings. */
export interface IfPart {
  readonly kind: "if";
  readonly condition: Expression;
  readonly whenTrue: readonly TemplatePart[];
  /** Undefined where there is no `%{else}`: the empty string. */
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

/** Whether the template is `"${expression}"` and so stands for the expression itself. */
export function isUnwrapped(
  template: TemplateExpression,
): template is TemplateExpression & { readonly parts: readonly [InterpolationPart] } {
  return template.parts.length === 1 && template.parts[0]?.kind === "interpolation";
}

/** The text of a template without holes, or undefined when it has any. */
export function literalText(template: TemplateExpression): string | undefined {
  let text = "";
  for (const part of template.parts) {
    if (part.kind !== "literal") return undefined;
    text += part.text;
  }
  return text;
}
