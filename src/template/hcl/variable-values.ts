import { suggest } from "../../core/diagnostics.js";
import type { Range } from "../../core/source.js";
import { ConversionError } from "../values/convert.js";
import { isPrimitive, typeText } from "../values/types.js";
import { stringValue, unknownValue, type Value } from "../values/value.js";
import { didYouMean, evaluate } from "./evaluate/scope.js";
import { constantScope, type Session, tell } from "./session.js";
import { readConfigFile } from "./source-files.js";
import { justAttributes, partialContent } from "./syntax/content.js";
import { parseExpression } from "./syntax/parse.js";
import { checkRule } from "./validation-rules.js";
import { fitToType, type ValueOrigin, type Variable } from "./variables.js";

type Variables = ReadonlyMap<string, Variable>;

/** Gives variables their values (Packer §2.2): environment, automatic files, `-var-file`, `-var`; later ones win. */
export function assignValues(variables: Variables, automatic: readonly string[], session: Session): void {
  fromEnvironment(variables, session);
  for (const path of [...automatic, ...session.inputs.variableFiles]) fromFile(path, variables, session);
  fromCommandLine(variables, session);
}

const PREFIX = "PKR_VAR_";

function fromEnvironment(variables: Variables, session: Session): void {
  for (const name of session.lookups.envNames()) {
    const variable = name.startsWith(PREFIX) ? variables.get(name.slice(PREFIX.length)) : undefined;
    const text = variable && session.lookups.env(name);
    if (variable && text !== undefined) fromText(variable, text, "environment", name, session);
  }
}

function fromCommandLine(variables: Variables, session: Session): void {
  for (const { name, value } of session.inputs.variables) {
    const variable = variables.get(name);
    if (variable) {
      fromText(variable, value, "command line", `-var ${name}`, session);
      continue;
    }
    tell(session, "undeclared-variable", `-var sets "${name}", but the template declares no such variable`, {
      hint: didYouMean(suggest(name, variables.keys())) ?? `Declare it with variable "${name}" { … }.`,
    });
  }
}

/** Text is taken as it is for strings, numbers and variables without a type; for all others it is an expression. */
function fromText(variable: Variable, text: string, origin: ValueOrigin, label: string, session: Session): void {
  const { kind } = variable.type;
  const literal = kind === "string" || kind === "number" || kind === "dynamic";
  const value = literal ? stringValue(text) : evaluateText(variable, text, label, session);
  assign(variable, value, origin, undefined, session, label);
}

function evaluateText(variable: Variable, text: string, label: string, session: Session): Value {
  const source = { file: label, text };
  session.sources.push(source);
  const parsed = parseExpression(source);
  const scope = { ...constantScope(session), diagnostics: [...parsed.diagnostics] };
  const value = evaluate(parsed.expression, scope);
  const wrong = scope.diagnostics.find(({ severity }) => severity === "error");
  if (!wrong) return value;
  const type = typeText(variable.type);
  tell(
    session,
    "wrong-variable-value",
    `The value of the variable "${variable.name}" is not an expression of type ${type}`,
    {
      detail: `${wrong.summary}.`,
      hint: `Write it as in HCL2, with quotes around text: ${EXAMPLES[kindOf(variable)]}.`,
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

function fromFile(path: string, variables: Variables, session: Session): void {
  if (!path.endsWith(".hcl") && !path.endsWith(".json")) {
    tell(session, "wrong-variable-file", `${path} is not a variable file`, {
      hint: "Its name must end with .hcl or .json.",
    });
    return;
  }
  const file = readConfigFile(path, session);
  if (!file) return;
  const declarations = partialContent(file.body, { blocks: [{ type: "variable", labels: ["name"] }] });
  for (const block of declarations.content.blocks) {
    tell(session, "variable-block-in-values", "A variable file gives values; it cannot declare variables", {
      hint: `Write ${block.labels[0]?.text ?? "NAME"} = VALUE here, and put the block into a .pkr.hcl file.`,
      range: block.headerRange,
    });
  }
  const { attributes, diagnostics } = justAttributes(declarations.rest);
  session.diagnostics.push(...diagnostics);
  for (const { name, nameRange, expression } of attributes) {
    const variable = variables.get(name);
    if (variable)
      assign(variable, evaluate(expression, constantScope(session)), "variable file", expression.range, session, path);
    else undeclared(name, nameRange, variables, session);
  }
}

function undeclared(name: string, range: Range, variables: Variables, session: Session): void {
  if (!session.inputs.warnOnUndeclaredVariables) return;
  session.diagnostics.push({
    severity: "warning",
    code: "undeclared-variable",
    summary: `The template declares no variable "${name}"; its value is not used`,
    hint:
      didYouMean(suggest(name, variables.keys())) ?? `Declare it with variable "${name}" { … }, or remove the line.`,
    range,
  });
}

function assign(
  variable: Variable,
  raw: Value,
  origin: ValueOrigin,
  range: Range | undefined,
  session: Session,
  label: string,
): void {
  try {
    variable.values.push({ origin, value: fitToType(raw, variable), range });
  } catch (error) {
    if (!(error instanceof ConversionError)) throw error;
    tell(session, "wrong-variable-value", `The value of the variable "${variable.name}" does not fit its type`, {
      detail: `${error.path === "" ? "" : `At ${error.path}: `}${error.message}. It comes from ${label}.`,
      hint: isPrimitive(variable.type)
        ? undefined
        : 'Write it as an HCL expression, for example ["a", "b"] or { a = 1 }.',
      range,
    });
    variable.values.push({ origin, value: unknownValue(variable.type), range });
  }
}

/** Complains of variables without a value and of values that a rule forbids; only the winning value counts. */
export function checkVariables(variables: Variables, session: Session): void {
  for (const { name, values, rules, range } of variables.values()) {
    const last = values.at(-1);
    if (!last) {
      tell(session, "unset-variable", `The variable "${name}" has no value`, {
        hint: `Set it with -var ${name}=VALUE, a variable file or ${PREFIX}${name}, or give it a default.`,
        range,
      });
      continue;
    }
    for (const rule of rules) checkRule(name, rule, last.value, last.origin, last.range, session);
  }
}

/** The value that counts; unknown where there is none. */
export function winningValue(variable: Variable): Value {
  const value = variable.values.at(-1)?.value ?? unknownValue(variable.type);
  return variable.sensitive ? { ...value, sensitive: true } : value;
}
