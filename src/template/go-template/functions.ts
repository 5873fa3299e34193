import type { BuildData } from "../../core/late.js";
import { PLACEHOLDER } from "../../options/context.js";
import type { Lookups } from "../lookups.js";
import { PACKER_VERSION } from "../packer-version.js";
import { TextFailure, type TextFunction, type TextFunctions } from "./function.js";
import { formatGoTime, strftime } from "./go-time.js";
import { outsideFunctions } from "./outside-functions.js";
import type { GoValue } from "./values.js";

/** What Packer's functions need to know (§1.9). */
export interface FunctionNeeds {
  /** `variables`: `env`, `consul_key`, `vault`, `aws_secretsmanager` are allowed, `build_name` and its like are not. */
  readonly scope: "variables" | "options";
  readonly lookups: Lookups;
  /** User variables by name; undefined in HCL2, where `user` is an error. */
  readonly variables: ReadonlyMap<string, string> | undefined;
  /** The build whose options are rendered; undefined in `variables`. */
  readonly build: { readonly name: string; readonly type: string } | undefined;
  /** What `build` returns, by key; undefined returns a placeholder for any key. */
  readonly data: BuildData | undefined;
  /** Absolute folder of a JSON template; undefined on stdin and in HCL2. */
  readonly templateDir: string | undefined;
  /** Told each secret value that is read. */
  readonly onSecret: ((value: string) => void) | undefined;
}

/** Packer's functions by name. */
export function packerFunctions(needs: FunctionNeeds): TextFunctions {
  return new Map<string, TextFunction>([
    ...textFunctions(),
    ...timeFunctions(needs.lookups),
    ...placeFunctions(needs),
    ...buildFunctions(needs),
    ...outsideFunctions(needs),
    ["user", userFunction(needs)],
    ...(needs.scope === "options" ? nameFunctions() : []),
  ]);
}

/** A function of text alone. */
function ofText(count: number, run: (...texts: string[]) => string): TextFunction {
  return { parameters: Array<"string">(count).fill("string"), run: (values) => run(...values.map(String)) };
}

function textFunctions(): [string, TextFunction][] {
  return [
    ["upper", ofText(1, (text = "") => text.toUpperCase())],
    ["lower", ofText(1, (text = "") => text.toLowerCase())],
    ["replace_all", ofText(3, (old = "", replacement = "", text = "") => replace(text, old, replacement, -1))],
    [
      "replace",
      {
        parameters: ["string", "string", "int", "string"],
        run: ([old, replacement, count, text]) =>
          replace(String(text), String(old), String(replacement), Number(count)),
      },
    ],
    ["split", { parameters: ["string", "string", "int"], run: split }],
    [
      "sed",
      {
        parameters: ["string", "string"],
        run: () => {
          throw new TextFailure('"sed" was taken out of Packer', {
            code: "removed-function",
            hint: 'Write replace "old" "new" -1 "text", or replace_all "old" "new" "text".',
          });
        },
      },
    ],
  ];
}

/** Go's `strings.Replace`: the first `count` places, all with a negative count; nothing matches before each character. */
function replace(text: string, old: string, replacement: string, count: number): string {
  const parts = old === "" ? ["", ...text, ""] : text.split(old);
  const limit = count < 0 ? parts.length : count;
  return parts.reduce((result, part, index) => result + (index <= limit ? replacement : old) + part);
}

function split([text, separator, index]: readonly GoValue[]): string {
  const parts = separator === "" ? [...String(text)] : String(text).split(String(separator));
  const part = parts[Number(index)];
  if (part === undefined)
    throw new TextFailure(`there is no part ${index}: "${separator}" splits the text into ${parts.length}`, {
      hint: "Parts count from 0.",
    });
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

function placeFunctions({ lookups, templateDir }: FunctionNeeds): [string, TextFunction][] {
  return [
    ["pwd", ofText(0, () => lookups.cwd)],
    ["packer_version", ofText(0, () => PACKER_VERSION)],
    [
      "template_dir",
      ofText(0, () => {
        if (templateDir !== undefined) return templateDir;
        throw new TextFailure("the folder of the template is not known here", {
          hint: "A template on standard input has no folder; in HCL2 write ${path.root}.",
        });
      }),
    ],
  ];
}

function buildFunctions({ build, data }: FunctionNeeds): [string, TextFunction][] {
  const ofBuild = (name: string, value: string | undefined): [string, TextFunction] => [
    name,
    ofText(0, () => {
      if (value !== undefined) return value;
      throw new TextFailure(`"${name}" is not known here`, {
        hint: "It is known in builders, provisioners and post-processors.",
      });
    }),
  ];
  const lookUp = (key: string): string => {
    const value = data ? data[key] : PLACEHOLDER;
    if (build && value !== undefined) return value;
    throw new TextFailure(`"build" has no value "${key}" here`, {
      code: "unknown-build-value",
      hint: build && data ? `Known here: ${Object.keys(data).sort().join(", ")}.` : undefined,
    });
  };
  return [
    ofBuild("build_name", build?.name),
    ofBuild("build_type", build?.type),
    ["build", ofText(1, (key = "") => lookUp(key))],
  ];
}

function userFunction({ variables, scope }: FunctionNeeds): TextFunction {
  return {
    ...ofText(1, (name = "") => {
      if (!variables)
        throw new TextFailure('"user" is for JSON templates', {
          hint: `Write \${var.${name}} in HCL2.`,
          code: "user-in-hcl2",
        });
      const value = variables.get(name);
      if (value === undefined && scope === "variables")
        throw new TextFailure(`variable "${name}" is not set`, { code: "variable-not-set" });
      return value ?? "";
    }),
    check: ([name]) =>
      typeof name === "string" && variables && scope === "options" && !variables.has(name)
        ? {
            severity: "warning",
            code: "undeclared-variable",
            summary: `variable "${name}" is not declared: it is empty here`,
            hint: `Declare it in "variables", or give it with -var '${name}=…'.`,
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
          summary: '"clean_ami_name" is the old name of "clean_resource_name"',
          hint: 'Write "clean_resource_name": Packer itself no longer knows the old name.',
        }),
      },
    ],
  ];
}

/** A UUID that starts with the time in seconds, as Packer's `uuid` gives; `random` is 12 bytes. */
function timeOrderedUuid(now: Date, random: Uint8Array): string {
  const seconds = (Math.floor(now.getTime() / 1000) >>> 0).toString(16).padStart(8, "0");
  const hex = [...random].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return [seconds, hex.slice(0, 4), hex.slice(4, 8), hex.slice(8, 12), hex.slice(12, 24)].join("-");
}

/** Text with each byte of UTF-8 that an AMI name may not hold replaced by `-` (Packer's `clean_resource_name`). */
function cleanResourceName(text: string): string {
  return text.replace(/[^a-zA-Z0-9()[\] ./\-'@_]/gu, (char) => "-".repeat(new TextEncoder().encode(char).length));
}
