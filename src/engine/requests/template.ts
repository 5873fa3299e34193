import { flag, text } from "../../options/fields.js";
import { commas, lines } from "../../options/separated-lists.js";
import type { CommandName, RequestEntry, RequestTable } from "./entry.js";
import { anyText, boolean, variable, word } from "./fields.js";

/** The commands that read a template. */
const READERS = ["build", "console", "inspect", "validate"] as const;

/** Which template is read, and with which values. */
export const TEMPLATE = {
  template: {
    group: "template",
    field: text({
      doc: "Packer template: a JSON file, an HCL2 file (.pkr.hcl, .pkr.json) or a directory of HCL2 files. Starts from `workingDirectory`.",
      required: true,
    }),
    input: { name: "template", actions: ["bake", "rehearse"], example: "images/web.json" },
  },
  workingDirectory: {
    group: "template",
    field: text({
      doc: "Directory that relative paths start from, in the template too. Starts from the workspace.",
      default: ".",
    }),
    input: { name: "working-directory", actions: ["bake", "rehearse"] },
  },
  variables: {
    group: "template",
    field: lines(variable, { doc: "Values of variables. Of several for one name the last wins." }),
    input: {
      name: "variables",
      actions: ["bake", "rehearse"],
      doc: "Values of variables, one name=value a line (Packer's -var). Of several for one name the last wins.",
    },
    flag: {
      name: "var",
      commands: READERS,
      value: "'KEY=VALUE'",
      doc: "Value of a variable; of several for one key the last wins.",
    },
  },
  variableFiles: {
    group: "template",
    field: lines(anyText, { doc: "JSON or HCL2 file with values of variables." }),
    input: {
      name: "variable-files",
      actions: ["bake", "rehearse"],
      doc: "JSON or HCL2 files with values of variables, one a line (Packer's -var-file), in order.",
    },
    flag: { name: "var-file", commands: READERS, value: "FILE" },
  },
  only: {
    group: "template",
    field: commas(anyText, {
      doc: "Use only these builds, separated by commas or line breaks (HCL2 templates take globs).",
    }),
    input: { name: "only", actions: ["bake", "rehearse"] },
    flag: { name: "only", commands: READERS, value: "A,B" },
  },
  except: {
    group: "template",
    field: commas(anyText, {
      doc: "Leave out these builds and post-processors, separated by commas or line breaks (HCL2 templates take globs).",
    }),
    input: { name: "except", actions: ["bake", "rehearse"] },
    flag: { name: "except", commands: READERS, value: "A,B" },
  },
  configType: {
    group: "template",
    field: word(["json", "hcl2"], { doc: "Language of the template where its name does not show it." }),
    flag: { name: "config-type", commands: READERS, value: "json|hcl2" },
  },
  warnOnUndeclaredVariables: {
    group: "template",
    field: boolean("Warn about values in variable files that no variable takes."),
    flag: { name: "warn-on-undeclared-var", commands: ["build"] },
  },
  noWarningOfUndeclaredVariables: {
    group: "template",
    field: boolean("Do not warn about values in variable files that no variable takes."),
    flag: { name: "no-warn-undeclared-var", commands: ["validate"] },
  },
  syntaxOnly: {
    group: "command",
    field: boolean("Check the syntax alone; variables may be missing."),
    flag: { name: "syntax-only", commands: ["validate"] },
  },
  evaluateDataSources: {
    group: "command",
    field: boolean("Read data sources (HCL2)."),
    flag: { name: "evaluate-datasources", commands: ["validate"] },
  },
} as const satisfies RequestTable;

/** Flags of Packer that have no effect here: they are accepted, so that scripts keep working. */
export const IGNORED = {
  skipEnforcement: ignored("skip-enforcement", ["build"], "Accepted; there is no registry that enforces."),
  ignorePrereleasePlugins: ignored("ignore-prerelease-plugins", READERS, "Accepted; there are no plugins."),
  useSequentialEvaluation: ignored("use-sequential-evaluation", READERS, "Accepted; evaluation does not depend on it."),
  withAnnotations: ignored("with-annotations", ["hcl2_upgrade"], "Accepted; nothing is annotated."),
} as const satisfies RequestTable;

function ignored(name: string, commands: readonly CommandName[], doc: string): RequestEntry {
  return { group: "ignored", field: flag({ doc }), flag: { name, commands } };
}
