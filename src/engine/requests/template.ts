import { flag, text } from "../../options/fields.js";
import { commas, lines } from "../../options/separated-lists.js";
import { BAKING, type CommandName, type RequestEntry, type RequestTable } from "./entry.js";
import { anyText, boolean, variables, word } from "./fields.js";

/** The commands that evaluate a template. */
const READERS = [...BAKING, "console", "inspect", "validate"] as const;

/** The commands that have the flags of Packer's `MetaArgs`: they read a template, or accept the flags. */
const TEMPLATE_COMMANDS = [...READERS, "init"] as const;

/** The template and its variables. */
export const TEMPLATE = {
  template: {
    group: "template",
    field: text({
      doc: "Path of the Packer template: a JSON file, an HCL2 file (.pkr.hcl, .pkr.json) or a directory of HCL2 files. Relative to `workingDirectory`.",
      required: true,
    }),
    input: { name: "template", actions: ["bake", "plan", "rehearse"], example: "images/web.json" },
  },
  workingDirectory: {
    group: "template",
    field: text({
      doc: "Directory that relative paths start from, including paths in the template. Relative to the workspace.",
      default: ".",
    }),
    input: { name: "working-directory", actions: ["bake", "plan", "rehearse"] },
  },
  variables: {
    group: "template",
    field: variables("Values of template variables. If a variable is set more than once, the last value is used."),
    input: {
      name: "variables",
      actions: ["bake", "plan", "rehearse"],
      doc: "Template variables, one name=value per line (Packer's -var). If a variable is set more than once, the last value is used.",
    },
    flag: {
      name: "var",
      commands: TEMPLATE_COMMANDS,
      value: "'KEY=VALUE'",
      doc: "Value of a template variable. Can be repeated. If a variable is set more than once, the last value is used.",
    },
  },
  variableFiles: {
    group: "template",
    field: lines(anyText, { doc: "JSON or HCL2 file with variable values. Can be repeated." }),
    input: {
      name: "variable-files",
      actions: ["bake", "plan", "rehearse"],
      doc: "JSON or HCL2 files with variable values, one per line (Packer's -var-file). Files are read in order.",
    },
    flag: { name: "var-file", commands: TEMPLATE_COMMANDS, value: "FILE" },
  },
  only: {
    group: "template",
    field: commas(anyText, {
      doc: "Run only these builds, separated by commas or line breaks. HCL2 templates accept globs.",
    }),
    input: { name: "only", actions: ["bake", "plan", "rehearse"] },
    flag: { name: "only", commands: TEMPLATE_COMMANDS, value: "A,B" },
  },
  except: {
    group: "template",
    field: commas(anyText, {
      doc: "Skip these builds and post-processors, separated by commas or line breaks. HCL2 templates accept globs.",
    }),
    input: { name: "except", actions: ["bake", "plan", "rehearse"] },
    flag: { name: "except", commands: TEMPLATE_COMMANDS, value: "A,B" },
  },
  configType: {
    group: "template",
    field: word(["json", "hcl2"], { doc: "Language of the template, if its file name does not show it." }),
    flag: { name: "config-type", commands: TEMPLATE_COMMANDS, value: "json|hcl2" },
  },
  warnOnUndeclaredVariables: {
    group: "template",
    field: boolean("Warn if a variable file sets a variable that the template does not declare."),
    flag: { name: "warn-on-undeclared-var", commands: BAKING },
  },
  noWarningOfUndeclaredVariables: {
    group: "template",
    field: boolean("Do not warn if a variable file sets a variable that the template does not declare."),
    flag: { name: "no-warn-undeclared-var", commands: ["validate"] },
  },
  syntaxOnly: {
    group: "command",
    field: boolean("Check only the syntax. Required variables can be unset."),
    flag: { name: "syntax-only", commands: ["validate"] },
  },
  evaluateDataSources: {
    group: "command",
    field: boolean("Read data sources during validation (HCL2 only)."),
    flag: { name: "evaluate-datasources", commands: ["validate"] },
  },
  validateAccount: {
    group: "command",
    field: boolean(
      "Also check the account that would bake: all that a bake checks before it creates anything, and quotas. Needs credentials of the role that bakes, because permissions are checked by dry runs, and reads data sources. Nothing is created.",
    ),
    flag: { name: "preflight", commands: ["validate"] },
  },
} as const satisfies RequestTable;

/** Flags of Packer that have no effect. They are accepted so that existing scripts work. */
export const IGNORED = {
  skipEnforcement: ignored("skip-enforcement", ["build"], "Accepted and ignored: bake-ami has no registry."),
  upgradePlugins: ignored("upgrade", ["init"], "Accepted and ignored: bake-ami has no plugins."),
  reinstallPlugins: ignored("force", ["init", "plugins"], "Accepted and ignored: bake-ami has no plugins."),
  pluginPath: {
    group: "ignored",
    field: text({ doc: "install: accepted and ignored: bake-ami has no plugins." }),
    flag: { name: "path", commands: ["plugins"], value: "FILE" },
  },
  ignorePrereleasePlugins: ignored(
    "ignore-prerelease-plugins",
    READERS,
    "Accepted and ignored: bake-ami has no plugins.",
  ),
  useSequentialEvaluation: ignored(
    "use-sequential-evaluation",
    READERS,
    "Accepted and ignored: the order of evaluation is always the same.",
  ),
  withAnnotations: ignored(
    "with-annotations",
    ["hcl2_upgrade"],
    "Accepted and ignored: bake-ami writes no annotations.",
  ),
} as const satisfies RequestTable;

function ignored(name: string, commands: readonly CommandName[], doc: string): RequestEntry {
  return { group: "ignored", field: flag({ doc }), flag: { name, commands } };
}
