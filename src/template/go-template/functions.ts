import type { BuildData } from "../../core/late.js";
import { isPlaceholder, PLACEHOLDER } from "../../options/context.js";
import type { Budget } from "../budget.js";
import { countOf } from "../functions/strings.js";
import type { Lookups } from "../lookups.js";
import { PACKER_VERSION } from "../packer-version.js";
import { externalFunctions } from "./external-functions.js";
import { TextFailure, type TextFunction, type TextFunctions } from "./function.js";
import { formatGoTime, strftime } from "./go-time.js";
import type { GoValue } from "./values.js";

/** Context of Packer's functions (§1.9). */
export interface TextFunctionContext {
  /** `variables`: `env`, `consul_key`, `vault` and `aws_secretsmanager` are allowed; functions of a build such as `build_name` are not. */
  readonly scope: "variables" | "options";
  readonly lookups: Lookups;
  /** User variables by name. Undefined in HCL2, where `user` is an error. */
  readonly variables: ReadonlyMap<string, string> | undefined;
  /** Names of the variables whose values are secrets, or have one in them. */
  readonly secretVariables: ReadonlySet<string> | undefined;
  /** The build whose options are rendered. Undefined in `variables`. */
  readonly build: { readonly name: string; readonly type: string } | undefined;
  /** Values that `build` returns, by key. Undefined: a placeholder for any key. */
  readonly data: BuildData | undefined;
  /** Absolute directory of a JSON template. Undefined for standard input and in HCL2. */
  readonly templateDir: string | undefined;
  /** Called with each secret value that is read. */
  readonly onSecret: ((value: string) => void) | undefined;
}

/** Returns Packer's functions by name. */
export function packerFunctions(context: TextFunctionContext): TextFunctions {
  return new Map<string, TextFunction>([
    ...textFunctions(),
    ...timeFunctions(context.lookups),
    ...pathFunctions(context),
    ...buildFunctions(context),
    ...externalFunctions(context),
    ["user", userFunction(context)],
    ...(context.scope === "options" ? nameFunctions() : []),
  ]);
}

/** Returns a function with `count` string parameters. */
function ofText(count: number, run: (...texts: string[]) => string): TextFunction {
  return { parameters: Array<"string">(count).fill("string"), run: (values) => run(...values.map(String)) };
}

function textFunctions(): [string, TextFunction][] {
  return [
    ["upper", ofText(1, (text = "") => text.toUpperCase())],
    ["lower", ofText(1, (text = "") => text.toLowerCase())],
    [
      "replace_all",
      {
        parameters: ["string", "string", "string"],
        run: ([old, replacement, text], budget) => replace([old, replacement, text].map(String), -1, budget),
      },
    ],
    [
      "replace",
      {
        parameters: ["string", "string", "int", "string"],
        run: ([old, replacement, count, text], budget) =>
          replace([old, replacement, text].map(String), Number(count), budget),
      },
    ],
    ["split", { parameters: ["string", "string", "int"], run: split }],
    [
      "sed",
      {
        parameters: ["string", "string"],
        run: () => {
          throw new TextFailure('"sed" was removed from Packer', {
            code: "removed-function",
            hint: 'Use replace "old" "new" -1 "text", or replace_all "old" "new" "text".',
          });
        },
      },
    ],
  ];
}

/** Go's `strings.Replace`: replaces the first `count` matches, or all when `count` is negative. The empty string matches before each character. */
function replace([old = "", replacement = "", text = ""]: readonly string[], count: number, budget: Budget): string {
  const matches = countOf(text, old);
  budget.require("bytes", matches * replacement.length);
  budget.require("elements", matches);
  const parts = old === "" ? ["", ...text, ""] : text.split(old);
  const limit = count < 0 ? parts.length : count;
  return parts.reduce((result, part, index) => result + (index <= limit ? replacement : old) + part);
}

function split([text, separator, index]: readonly GoValue[], budget: Budget): string {
  budget.require("elements", countOf(String(text), String(separator)));
  const parts = separator === "" ? [...String(text)] : String(text).split(String(separator));
  const part = parts[Number(index)];
  if (part === undefined)
    throw new TextFailure(
      `Part ${index} does not exist: "${separator}" splits the text into ${parts.length} part${parts.length === 1 ? "" : "s"}`,
      {
        hint: "Count the parts from 0.",
      },
    );
  return part;
}

function timeFunctions(lookups: Lookups): [string, TextFunction][] {
  const started = lookups.startedAt;
  return [
    ["timestamp", ofText(0, () => String(Math.floor(started.getTime() / 1000)))],
    [
      "isotime",
      {
        parameters: ["string"],
        optional: 1,
        run: ([layout = "2006-01-02T15:04:05Z07:00"]) => formatGoTime(started, String(layout)),
      },
    ],
    ["strftime", ofText(1, (layout = "") => strftime(started, layout))],
    ["uuid", ofText(0, () => timeOrderedUuid(lookups.now(), lookups.randomBytes(12)))],
  ];
}

function pathFunctions({ lookups, templateDir, variables }: TextFunctionContext): [string, TextFunction][] {
  return [
    ["pwd", ofText(0, () => lookups.cwd)],
    ["packer_version", ofText(0, () => PACKER_VERSION)],
    [
      "template_dir",
      ofText(0, () => {
        if (templateDir !== undefined) return templateDir;
        throw new TextFailure("The directory of the template is not known here", {
          hint: variables
            ? "Pass the template as a file: standard input has no directory."
            : "Use ${path.root} in HCL2.",
        });
      }),
    ],
  ];
}

function buildFunctions({ build, data }: TextFunctionContext): [string, TextFunction][] {
  const ofBuild = (name: string, value: string | undefined): [string, TextFunction] => [
    name,
    ofText(0, () => {
      if (value !== undefined) return value;
      throw new TextFailure(`"${name}" is not available here`, {
        hint: `Use "${name}" in builders, provisioners and post-processors only.`,
      });
    }),
  ];
  const readValue = (key: string): string => {
    const value = data ? data[key] : PLACEHOLDER;
    if (build && value !== undefined) return value;
    throw new TextFailure(`"build" has no value "${key}" here`, {
      code: "unknown-build-value",
      hint: build && data ? `Use one of ${Object.keys(data).sort().join(", ")}.` : undefined,
    });
  };
  return [
    ofBuild("build_name", build?.name),
    ofBuild("build_type", build?.type),
    ["build", ofText(1, (key = "") => readValue(key))],
  ];
}

function userFunction({ variables, secretVariables, scope }: TextFunctionContext): TextFunction {
  return {
    ...ofText(1, (name = "") => {
      if (!variables)
        throw new TextFailure('"user" is available in JSON templates only', {
          hint: `Use \${var.${name}} in HCL2.`,
          code: "user-in-hcl2",
        });
      const value = variables.get(name);
      if (value === undefined && scope === "variables")
        throw new TextFailure(`Variable "${name}" is not set`, { code: "variable-not-set" });
      return value ?? "";
    }),
    isSecret: ([name]) =>
      secretVariables?.has(String(name)) === true && !isPlaceholder(variables?.get(String(name)) ?? ""),
    check: ([name]) =>
      typeof name === "string" && variables && scope === "options" && !variables.has(name)
        ? {
            severity: "warning",
            code: "undeclared-variable",
            summary: `Variable "${name}" is not declared: its value is empty`,
            hint: `Declare it in "variables", or set it with -var '${name}=…'.`,
          }
        : undefined,
  };
}

function nameFunctions(): [string, TextFunction][] {
  const clean = ofText(1, (text = "") => cleanResourceName(text));
  return [
    ["clean_resource_name", clean],
    [
      "clean_ami_name",
      {
        ...clean,
        check: () => ({
          severity: "warning",
          code: "deprecated-function",
          summary: '"clean_ami_name" was renamed to "clean_resource_name"',
          hint: 'Use "clean_resource_name": Packer no longer accepts the old name.',
        }),
      },
    ],
  ];
}

/** Returns a UUID that starts with the time in seconds, as Packer's `uuid` does. `random` is 12 bytes. */
function timeOrderedUuid(now: Date, random: Uint8Array): string {
  const seconds = (Math.floor(now.getTime() / 1000) >>> 0).toString(16).padStart(8, "0");
  const hex = [...random].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return [seconds, hex.slice(0, 4), hex.slice(4, 8), hex.slice(8, 12), hex.slice(12, 24)].join("-");
}

/** Replaces each UTF-8 byte that is not allowed in an AMI name by `-` (Packer's `clean_resource_name`). */
function cleanResourceName(text: string): string {
  return text.replace(/[^a-zA-Z0-9()[\] ./\-'@_]/gu, (char) => "-".repeat(new TextEncoder().encode(char).length));
}
