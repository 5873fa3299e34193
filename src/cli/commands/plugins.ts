import type { Component, UsedComponent } from "../../engine/api.js";
import { readingRequest } from "../../engine/request.js";
import { type CommandContext, command, type FlagsOf } from "../command.js";
import { type Printer, printer } from "../printer.js";

/** The arguments of a subcommand, and what it prints with. */
interface PluginsRun {
  readonly args: readonly string[];
  readonly flags: FlagsOf<"plugins">;
  readonly print: Printer;
}

/** A subcommand of `bake-ami plugins`. */
interface Subcommand {
  readonly usage: string;
  /** The number of arguments: least and most. */
  readonly arguments: readonly [number, number];
  run(run: PluginsRun, context: CommandContext): Promise<number>;
}

const SUBCOMMANDS: Readonly<Record<string, Subcommand>> = {
  installed: { usage: "installed", arguments: [0, 0], run: installed },
  install: { usage: "install [-path=FILE] [-force] PLUGIN [VERSION]", arguments: [1, 2], run: install },
  remove: { usage: "remove PLUGIN [VERSION]", arguments: [1, 2], run: remove },
  required: { usage: "required TEMPLATE", arguments: [1, 1], run: required },
};

/** `bake-ami plugins`. */
export const plugins = command({
  name: "plugins",
  synopsis: "list the components that are built in, or that a template requires",
  usage: "bake-ami plugins installed | install PLUGIN [VERSION] | remove PLUGIN [VERSION] | required TEMPLATE",
  help: "bake-ami does not run plugins: builders, data sources, provisioners and post-processors are built in. installed lists them by Packer's plugin. required lists the required_plugins of a template, each with the components that the template uses and whether they are built in. install and remove change nothing; they exist so that scripts with packer plugins work with the name replaced.",
  arguments: {
    least: 1,
    most: Number.POSITIVE_INFINITY,
    suggested: Object.keys(SUBCOMMANDS),
    missing: `A subcommand is required: ${Object.keys(SUBCOMMANDS).join(", ")}`,
  },
  request: ({ values: flags }, [word = "", ...args]) => ({ word, flags, args }),
  async run({ word, ...request }, context) {
    const { terminal, secrets, machineReadable } = context;
    const subcommand = Object.hasOwn(SUBCOMMANDS, word) ? SUBCOMMANDS[word] : undefined;
    if (!subcommand) {
      terminal.error(`Unknown command: plugins ${word}. Use one of: ${Object.keys(SUBCOMMANDS).join(", ")}.`);
      return 1;
    }
    const [least, most] = subcommand.arguments;
    if (request.args.length < least || request.args.length > most) {
      terminal.error(`Usage: bake-ami plugins ${subcommand.usage}`);
      return 1;
    }
    const print = printer(terminal, secrets, { paint: false, machineReadable });
    return subcommand.run({ ...request, print }, context);
  },
});

/** Prints the built-in components, one line for each of Packer's plugins. */
async function installed({ print }: PluginsRun, { engine }: CommandContext): Promise<number> {
  for (const { source, components } of await engine.builtInComponents()) {
    print.line(`${source} (built in): ${components.map(nameOf).join(", ")}`);
  }
  return 0;
}

/** Installs nothing. Warns if the components of the plugin are not built in. */
async function install({ args, flags, print }: PluginsRun, { engine }: CommandContext): Promise<number> {
  const [source = "", version] = args;
  if (flags.pluginPath !== undefined && version !== undefined) {
    print.error('Invalid arguments: a version cannot be set together with "-path"');
    return 1;
  }
  if (!isSource(source, print)) return 1;
  if (flags.pluginPath === undefined && (await engine.builtInComponents()).some((each) => each.source === source)) {
    print.line(`Nothing to install: the components of ${source} are built in.`);
    return 0;
  }
  const summary = `Plugin "${source}" was not installed: bake-ami does not run plugins`;
  const hint = "To list the components that a template uses and bake-ami has, run: bake-ami plugins required TEMPLATE";
  print.diagnostics({ diagnostics: [{ severity: "warning", code: "foreign-plugin", summary, hint }], sources: [] });
  return 0;
}

/** Removes nothing. In contrast to Packer, this is no error. */
async function remove({ args: [source = ""], print }: PluginsRun): Promise<number> {
  if (!source.startsWith("/") && !isSource(source, print)) return 1;
  print.line("Nothing to remove: bake-ami has no installed plugins.");
  return 0;
}

/** Returns whether a text has the form of a source address. Prints the error if not (Packer §7). */
function isSource(source: string, print: Printer): boolean {
  if (/^[^/:?#\s]+(\/[^/:?#\s]+){2,}$/.test(source)) return true;
  print.error(`Invalid source string "${source}": use HOST/OWNER/NAME, for example github.com/hashicorp/amazon`);
  return false;
}

/** Prints the required plugins as Packer does, each with the used components on the lines below it. */
async function required(
  { args: [path = ""], print }: PluginsRun,
  { engine, cwd, secrets }: CommandContext,
): Promise<number> {
  const template = { path, variables: [], variableFiles: [], only: [], except: [] };
  const { requirements, ...read } = await engine.requiredComponents(readingRequest(cwd, template), secrets.add);
  print.diagnostics(read);
  if (!requirements) return 1;
  const { plugins: required, others } = requirements;
  if (required.length === 0) print.line("No plugins requirement found.");
  for (const { name, source, constraint, components } of required) {
    print.line(`${name} ${source} ${JSON.stringify(constraint)}`);
    print.line(components.length > 0 ? listOf(components) : "  no component used");
  }
  if (others.length > 0) print.line(`${required.length > 0 ? "Other components" : "Components"}:\n${listOf(others)}`);
  return 0;
}

function listOf(components: readonly UsedComponent[]): string {
  return components.map((each) => `  ${nameOf(each)}: ${availability(each)}`).join("\n");
}

function availability({ problem }: UsedComponent): string {
  if (!problem) return "built in";
  return [`${problem.severity === "error" ? "unknown" : "not supported"}.`, problem.hint ?? ""].join(" ").trimEnd();
}

function nameOf({ part, type }: Component): string {
  return `${part === "data-source" ? "data source" : part} ${type}`;
}
