import type { Diagnostic } from "../core/diagnostics.js";
import type { BakeEvent, Listener } from "../core/events.js";
import { plainLine } from "../report/plain.js";
import { neutral, workflowCommand } from "./runner-commands.js";

export interface ActionLogOptions {
  write(line: string): void;
  /** The console story of an event, without diagnostics: those are annotations here. */
  story(event: BakeEvent): readonly string[];
  /** An annotation command; undefined when it should be printed as text. */
  annotate(diagnostic: Diagnostic): string | undefined;
  /** A fresh unguessable word for `stop-commands`. */
  token(): string;
}

/** The Action's log: the story in groups by step, annotations, masks; nothing foreign can act as a workflow command. */
export interface ActionLog {
  readonly listener: Listener;
  /** Masks a value from here on. */
  mask(secret: string): void;
  annotate(diagnostic: Diagnostic): void;
  /** A line of our own outside a bake. */
  line(text: string): void;
  /** Ends what is open: the last group, the shield. */
  end(): void;
}

/**
 * Remote output is shielded twice: commands are stopped around it (`stop-commands` with a fresh token), and what begins a
 * command is broken in every line. Groups follow the steps of a single build; steps of parallel builds interleave, so there
 * the prefixes distinguish them.
 */
export function actionLog(options: ActionLogOptions): ActionLog {
  const shield = commandShield(options);
  const groups = stepGroups(shield.command);
  const printStory = (event: BakeEvent) => {
    const lines = options.story(event);
    if (lines.length === 0) return;
    groups.fill();
    if (event.type === "output") shield.raise();
    for (const line of lines) shield.text(line);
  };
  const annotate = (diagnostic: Diagnostic) => {
    const command = options.annotate(diagnostic);
    if (command !== undefined) shield.command(command);
    else shield.text(plainLine(`${diagnostic.severity}: ${diagnostic.summary}`));
  };
  const masked = new Set<string>();
  const mask = (secret: string) => {
    if (secret.trim() === "" || masked.has(secret)) return;
    masked.add(secret);
    shield.command(workflowCommand("add-mask", secret));
  };
  const listener: Listener = (event) => {
    if (event.type === "secret") return mask(event.value);
    groups.before(event);
    if (event.type === "diagnostic") annotate(event.diagnostic);
    else printStory(event);
    if (event.type === "build-ended" && event.outcome === "failed" && event.error) annotate(event.error);
  };
  return {
    listener,
    mask,
    annotate,
    line: (text) => shield.text(text),
    end: () => {
      groups.end();
      shield.lower();
    },
  };
}

/** Keeps the runner from taking foreign text for commands, and lets our own through. */
function commandShield(options: Pick<ActionLogOptions, "write" | "token">) {
  let token: string | undefined;
  const lower = () => {
    if (token !== undefined) options.write(`::${token}::`);
    token = undefined;
  };
  return {
    lower,
    raise() {
      if (token !== undefined) return;
      token = options.token();
      options.write(`::stop-commands::${token}`);
    },
    command(line: string) {
      lower();
      options.write(line);
    },
    text: (line: string) => options.write(neutral(line)),
  };
}

/** A log group for each step of a single build, one at a time; a step that prints nothing gets none. */
function stepGroups(command: (line: string) => void) {
  let single = false;
  let step: { readonly name: string; readonly title: string; open: boolean } | undefined;
  const end = () => {
    if (step?.open) command("::endgroup::");
    step = undefined;
  };
  return {
    end,
    /** Something is printed: the step's group is opened if it is not yet. */
    fill() {
      if (!step || step.open) return;
      step.open = true;
      command(workflowCommand("group", plainLine(step.title)));
    },
    before(event: BakeEvent) {
      if (event.type === "bake-started") single = event.builds.length === 1;
      const over = event.type === "step-ended" && event.step === step?.name;
      if (over || event.type === "build-ended" || event.type === "bake-ended") end();
      if (event.type !== "step-started" || !single) return;
      end();
      step = { name: event.step, title: event.title, open: false };
    },
  };
}
