import type { BuildData } from "../../core/late.js";
import type { Lookups } from "../lookups.js";
import type { TextFunctions } from "./function.js";

/** What Packer's functions need to know (§1.9). */
export interface FunctionNeeds {
  /** `variables`: `env`, `consul_key`, `vault`, `aws_secretsmanager` are allowed, `build_name` and its like are not. */
  readonly scope: "variables" | "options";
  readonly lookups: Lookups;
  /** User variables by name; undefined in HCL2, where `user` is an error. */
  readonly variables: ReadonlyMap<string, string> | undefined;
  /** The build whose options are rendered; undefined in `variables`. */
  readonly build: { readonly name: string; readonly type: string } | undefined;
  /** `build.X` during the run; undefined at plan time, where `build` answers a placeholder. */
  readonly data: BuildData | undefined;
  /** Keys that `build` knows at plan time; undefined takes any. */
  readonly announced?: readonly string[];
  /** Absolute folder of a JSON template; undefined on stdin and in HCL2. */
  readonly templateDir: string | undefined;
  /** Told each secret value that is read. */
  readonly onSecret?: (value: string) => void;
}

/** Packer's functions by name. */
export declare function packerFunctions(needs: FunctionNeeds): TextFunctions;
