import { suggest } from "../core/diagnostics.js";
import { VERSION } from "../core/version.js";
import { type LoggedRun, runHeader } from "../engine/debug-log.js";
import { machineRecord } from "../report/machine-readable.js";
import { type Command, type CommandContext, command } from "./command.js";
import { build } from "./commands/build.js";
import { cleanup } from "./commands/cleanup.js";
import { completion } from "./commands/completion.js";
import { console } from "./commands/console.js";
import { fix } from "./commands/fix.js";
import { fmt } from "./commands/fmt.js";
import { hcl2Upgrade } from "./commands/hcl2-upgrade.js";
import { history } from "./commands/history.js";
import { init } from "./commands/init.js";
import { inspect } from "./commands/inspect.js";
import { local } from "./commands/local.js";
import { matrix } from "./commands/matrix.js";
import { plan } from "./commands/plan.js";
import { plugins } from "./commands/plugins.js";
import { policy } from "./commands/policy.js";
import { promote, rollback } from "./commands/promote.js";
import { prune } from "./commands/prune.js";
import { shell } from "./commands/shell.js";
import { sweep } from "./commands/sweep.js";
import { validate } from "./commands/validate.js";
import { type ParsedFlags, parseFlags } from "./flags.js";
import { commandUsage, generalUsage } from "./usage.js";

/** `bake-ami version`. */
const version = command({
  name: "version",
  synopsis: "print the version of bake-ami",
  usage: "bake-ami version",
  help: "Prints the version of bake-ami.",
  arguments: { least: 0, most: 0 },
  request: () => undefined,
  async run(_nothing, { terminal, machineReadable }) {
    terminal.write(machineReadable ? machineRecord(Date.now(), "", "version", VERSION) : `bake-ami v${VERSION}`);
    return 0;
  },
});

/** All commands, in the order of the general help. */
export const COMMANDS: readonly Command[] = [
  build,
  cleanup,
  completion(() => COMMANDS),
  console,
  fix,
  fmt,
  hcl2Upgrade,
  history,
  init,
  inspect,
  local,
  matrix,
  plan,
  plugins,
  policy,
  promote,
  prune,
  rollback,
  shell,
  sweep,
  validate,
  version,
];

/** Exit code for an unknown command, or for none (Packer §7). */
const UNKNOWN_COMMAND = 127;

/**
 * Runs the command line `args` (without node and script). Returns the exit code: 0; 1 for errors of any kind; 127 for an unknown
 * command.
 */
export async function runCommandLine(
  args: readonly string[],
  context: Omit<CommandContext, "machineReadable">,
): Promise<number> {
  const { terminal } = context;
  const machineReadable = args.some((arg) => /^--?machine-readable$/.test(arg));
  const [name, ...rest] = args.filter((arg) => !/^--?machine-readable$/.test(arg));
  if (name !== undefined && /^(--?v|--?version)$/.test(name))
    return version.run(parseFlags([], []), { ...context, machineReadable });
  if (name !== undefined && /^(--?h|--?help|help)$/.test(name)) {
    const topic = COMMANDS.find((command) => command.name === rest[0]);
    terminal.write(topic ? commandUsage(topic) : generalUsage(COMMANDS));
    return 0;
  }
  const autocomplete = /^--?autocomplete-(install|uninstall)$/.exec(name ?? "")?.[1];
  if (autocomplete !== undefined) return setUpCompletion(autocomplete === "install", context);
  const command = COMMANDS.find((c) => c.name === name);
  if (!command) {
    terminal.error(name === undefined ? generalUsage(COMMANDS) : unknownCommand(name));
    return UNKNOWN_COMMAND;
  }
  return runCommand(command, rest, { ...context, machineReadable });
}

/** Runs `-autocomplete-install` or `-autocomplete-uninstall`. */
async function setUpCompletion(
  installs: boolean,
  { terminal, env }: Pick<CommandContext, "terminal" | "env">,
): Promise<number> {
  const { installCompletion, uninstallCompletion } = await import("./autocomplete.js");
  const changed = installs ? installCompletion(env) : uninstallCompletion(env);
  for (const { shell, file } of changed) {
    terminal.write(`${shell}: completion ${installs ? "is installed in" : "was removed from"} ${file}`);
  }
  if (changed.length > 0) {
    if (installs) terminal.write("Open a new shell to use it.");
    return 0;
  }
  if (!installs) {
    terminal.write("Nothing to remove: completion is not installed.");
    return 0;
  }
  terminal.error("No shell configuration was found in the home directory (.bashrc, .zshrc, .config/fish).");
  terminal.error("To print a script, run: bake-ami completion bash");
  return 1;
}

async function runCommand(command: Command, args: readonly string[], context: CommandContext): Promise<number> {
  const { terminal } = context;
  const flagsEnd = args.indexOf("--");
  if (args.slice(0, flagsEnd < 0 ? undefined : flagsEnd).some((arg) => /^--?(h|help)$/.test(arg))) {
    terminal.write(commandUsage(command));
    return 0;
  }
  const flags = parseFlags(args, command.flags);
  const { least, most, missing } = command.arguments;
  const count = flags.positional.length;
  const problems = [
    ...flags.problems,
    ...(count < least ? [missing ?? "A template is required: a file, a directory, or - for standard input"] : []),
    ...(count > most ? [tooManyArguments(flags.positional, most)] : []),
  ];
  context.debug(() => runHeader(loggedRun(command, flags)));
  if (problems.length === 0) return command.run(flags, context);
  if (flags.problems.length === 0) terminal.error(`Usage: ${command.usage}\n`);
  for (const problem of problems) terminal.error(problem);
  return 1;
}

/** Returns the error for too many arguments. It names a value that a flag or a `true` left behind. */
function tooManyArguments(given: readonly string[], most: number): string {
  const truth = given.find((argument) => /^(true|false)$/i.test(argument));
  const hint = truth === undefined ? "" : `. Write the value of a flag as -flag=${truth}`;
  const named = given.map((argument) => `"${argument}"`).join(", ");
  return most === 0 || given.length === 1
    ? `Too many arguments: ${named}${hint}`
    : `Too many arguments: ${named}; at most ${most} ${most === 1 ? "is" : "are"} allowed${hint}`;
}

function loggedRun({ name, flags, usage }: Command, parsed: ParsedFlags): LoggedRun {
  return {
    what: `Command: ${name}`,
    names: flags.filter((flag) => parsed.text(flag.name) !== undefined).map((flag) => `-${flag.name}`),
    template: / \[?TEMPLATE\b/.test(usage) ? parsed.positional[0] : undefined,
    startedAt: new Date(),
  };
}

function unknownCommand(name: string): string {
  const near = suggest(
    name,
    COMMANDS.map((command) => command.name),
  );
  return near === undefined
    ? `${generalUsage(COMMANDS)}\n\nUnknown command: ${name}`
    : `Unknown command: ${name} (did you mean ${near}?)`;
}
