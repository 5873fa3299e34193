import { type OptionsOf, schema } from "../../options/schema.js";
import { checkShellLocal, shellLocalFields } from "../../provisioners/shell-local/options.js";

/** Options of the shell-local post-processor: those of the provisioner (Packer §5.2). */
export const shellLocalPostOptions = schema(shellLocalFields, { check: checkShellLocal });

export type ShellLocalPostOptions = OptionsOf<typeof shellLocalPostOptions>;
