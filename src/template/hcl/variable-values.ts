import { suggest } from "../../core/diagnostics.js";
import type { Range } from "../../core/source.js";
import { ConversionError } from "../values/convert.js";
import { isPrimitive, typeText } from "../values/types.js";
import { stringValue, unknownValue, type Value } from "../values/value.js";
import { didYouMean, evaluate, toSentence } from "./evaluate/scope.js";
import { constantScope, reportError, type TemplateReading } from "./reading.js";
import { readConfigFile } from "./source-files.js";
import { justAttributes, partialContent } from "./syntax/content.js";
import { parseExpression } from "./syntax/parse.js";
import { type AssignedValue, checkRule } from "./validation-rules.js";
import { convertToType, type Variable } from "./variables.js";

type Variables = ReadonlyMap<string, Variable>;

/** Assigns values to variables (Packer §2.2): environment, automatic files, `-var-file`, `-var`. Later ones take precedence. */
export function assignValues(variables: Variables, automatic: readonly string[], reading: TemplateReading): void {
  assignFromEnvironment(variables, reading);
  for (const path of [...automatic, ...reading.inputs.variableFiles]) assignFromFile(path, variables, reading);
  assignFromArguments(variables, reading);
}

const PREFIX = "PKR_VAR_";

function assignFromEnvironment(variables: Variables, reading: TemplateReading): void {
  for (const name of reading.lookups.envNames()) {
    const variable = name.startsWith(PREFIX) ? variables.get(name.slice(PREFIX.length)) : undefined;
    const text = variable && reading.lookups.env(name);
    if (variable && text !== undefined)
      assignText(
        variable,
        { text, origin: "environment", label: `<value for var.${variable.name} from env>` },
        reading,
      );
  }
}

function assignFromArguments(variables: Variables, reading: TemplateReading): void {
  for (const { name, value } of reading.inputs.variables) {
    const variable = variables.get(name);
    if (variable) {
      assignText(
        variable,
        { text: value, origin: "command line", label: `<value for var.${name} from arguments>` },
        reading,
      );
      continue;
    }
    const near = suggest(name, variables.keys());
    const code = near === undefined ? "undeclared-given-variable" : "misspelled-given-variable";
    reportError(reading, code, `Variable "${name}" was set but is not declared in the template`, {
      hint: didYouMean(near) ?? `Declare it with variable "${name}" { … }, or remove -var ${name}=….`,
    });
  }
}

/** A value set as text, with the file name that diagnostics show for it. */
interface GivenText extends Pick<AssignedValue, "origin"> {
  readonly text: string;
  readonly label: string;
}

/** Strings, numbers and variables without a type use the text as it is. For all other types the text is an expression. */
function assignText(variable: Variable, { text, origin, label }: GivenText, reading: TemplateReading): void {
  const { kind } = variable.type;
  const literal = kind === "string" || kind === "number" || kind === "dynamic";
  const value = literal ? stringValue(text) : evaluateText(variable, text, label, reading);
  assign(variable, { value, origin, range: undefined }, reading);
}

function evaluateText(variable: Variable, text: string, label: string, reading: TemplateReading): Value {
  const source = { file: label, text };
  reading.sources.push(source);
  const parsed = parseExpression(source);
  const scope = { ...constantScope(reading), diagnostics: [...parsed.diagnostics] };
  const value = evaluate(parsed.expression, scope);
  const wrong = scope.diagnostics.find(({ severity }) => severity === "error");
  if (!wrong) return value;
  const type = typeText(variable.type);
  reportError(
    reading,
    "wrong-variable-value",
    `The value of variable "${variable.name}" is not a valid expression of type ${type}`,
    {
      detail: toSentence(wrong.summary),
      hint: `Write an HCL2 expression with strings in quotes, for example ${EXAMPLES[kindOf(variable)]}.`,
      range: wrong.range,
    },
  );
  return unknownValue(variable.type);
}

const EXAMPLES = { sequence: '["a", "b"]', entries: '{ a = "b" }', bool: "true" };

function kindOf({ type }: Variable): keyof typeof EXAMPLES {
  if (type.kind === "bool") return "bool";
  return type.kind === "map" || type.kind === "object" ? "entries" : "sequence";
}

function assignFromFile(path: string, variables: Variables, reading: TemplateReading): void {
  if (!path.endsWith(".hcl") && !path.endsWith(".json")) {
    reportError(reading, "wrong-variable-file", `"${path}" is not a variable file`, {
      hint: 'Use a file whose name ends with ".hcl" or ".json".',
    });
    return;
  }
  const file = readConfigFile(path, reading);
  if (!file) return;
  const declarations = partialContent(file.body, { blocks: [{ type: "variable", labels: ["name"] }] });
  for (const block of declarations.content.blocks) {
    reportError(
      reading,
      "variable-block-in-values",
      "A variable file assigns values to variables, it cannot declare them",
      {
        hint: `Write ${block.labels[0]?.text ?? "NAME"} = VALUE here, and move the block to a ".pkr.hcl" file.`,
        range: block.headerRange,
      },
    );
  }
  const { attributes, diagnostics } = justAttributes(declarations.rest);
  reading.diagnostics.push(...diagnostics);
  for (const { name, nameRange, expression } of attributes) {
    const variable = variables.get(name);
    if (variable) {
      const value = evaluate(expression, constantScope(reading));
      assign(variable, { value, origin: "variable file", range: expression.range }, reading);
    } else warnUndeclared(name, nameRange, variables, reading);
  }
}

function warnUndeclared(name: string, range: Range, variables: Variables, reading: TemplateReading): void {
  if (!reading.inputs.warnOnUndeclaredVariables) return;
  reading.diagnostics.push({
    severity: "warning",
    code: "undeclared-file-variable",
    summary: `The variable "${name}" was set but was not declared as an input variable`,
    detail: "The template does not use its value.",
    hint:
      didYouMean(suggest(name, variables.keys())) ?? `Declare it with variable "${name}" { … }, or remove the line.`,
    range,
  });
}

function assign(variable: Variable, { value: raw, origin, range }: AssignedValue, reading: TemplateReading): void {
  try {
    variable.values.push({ origin, value: convertToType(raw, variable), range });
  } catch (error) {
    if (!(error instanceof ConversionError)) throw error;
    reportError(
      reading,
      "wrong-variable-value",
      `The value of variable "${variable.name}" is not compatible with its type`,
      {
        detail: `${toSentence(error.detail)}${origin === "environment" ? ` It is set by ${PREFIX}${variable.name}.` : ""}`,
        hint: isPrimitive(variable.type) ? undefined : 'Write an HCL2 expression, for example ["a", "b"] or { a = 1 }.',
        range,
      },
    );
    variable.values.push({ origin, value: unknownValue(variable.type), range });
  }
}

/** Reports variables without a value and values that fail validation. Checks only the value in effect. */
export function checkVariables(variables: Variables, reading: TemplateReading): void {
  for (const { name, values, rules, range } of variables.values()) {
    const last = values.at(-1);
    if (!last) {
      reportError(reading, "unset-variable", `Unset variable "${name}"`, {
        detail: "A used variable must be set or have a default value.",
        hint: `Set it with -var ${name}=VALUE, in a variable file or with ${PREFIX}${name}, or add a default.`,
        range,
      });
      continue;
    }
    for (const rule of rules) checkRule(name, rule, last, reading);
  }
}

/** Returns the value in effect; an unknown value when the variable is not set. */
export function effectiveValue(variable: Variable): Value {
  const value = variable.values.at(-1)?.value ?? unknownValue(variable.type);
  return variable.sensitive ? { ...value, sensitive: true } : value;
}
