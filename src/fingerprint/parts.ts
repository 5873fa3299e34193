import { createHash } from "node:crypto";
import { resolve, sep } from "node:path";
import type { Clock } from "../core/clock.js";
import type { Communicator } from "../core/communicator.js";
import { messageOf } from "../core/errors.js";
import { narrator } from "../core/events.js";
import type { BuildData } from "../core/late.js";
import { openLedger } from "../core/ledger.js";
import type { ProvisionerContext } from "../core/parts.js";
import type { RunSettings } from "../core/settings.js";
import type { Ids, Surroundings } from "../core/surroundings.js";
import type { ProvisionerPlan, ReadyBuild } from "../plan/plan.js";
import type { Contents } from "./content.js";
import { openRecording } from "./recording.js";

/** Hashes of an image's inputs, by name. */
export interface KnownParts {
  readonly known: true;
  readonly parts: Readonly<Record<string, string>>;
  /** Names of parts that may differ between runs without changing the image. */
  readonly changingByRun: ReadonlySet<string>;
}

/** The parts, or why they are unknown before the run. */
export type Parts = KnownParts | { readonly known: false; readonly why: string };

/** Dependencies of `fingerprintParts`. */
export interface PartsSetting {
  readonly settings: RunSettings;
  readonly surroundings: Surroundings;
  readonly contents: Contents;
}

/**
 * Returns the parts of a build: its options that affect the image, and the effect of each provisioner. To find the latter, each
 * provisioner runs on a machine that only records its requests (commands, bytes and modes of files).
 */
export async function fingerprintParts(build: ReadyBuild, setting: PartsSetting): Promise<Parts> {
  const parts: Record<string, string> = { builder: build.kind.type, ...(await optionParts(build, setting)) };
  const recording = openRecording(setting.contents, communicatorType(build));
  for (const plan of build.provisioners) {
    const { type, facts } = plan.kind;
    if (!facts.changesImage) continue;
    if (facts.runsOn === "runner") {
      return {
        known: false,
        why: `the ${type} provisioner runs on this host, so its effect on the image is unknown`,
      };
    }
    const prepared = plan.prepare(placeholders(build));
    if (!prepared.ok)
      return { known: false, why: prepared.diagnostics[0]?.summary ?? "the options of a provisioner are invalid" };
    const name = unused(nameOf(plan, prepared.options, setting.surroundings.cwd), parts);
    if (facts.changesImage === "by its options") {
      parts[name] = sha256(textOf(prepared.options));
      continue;
    }
    try {
      const { run } = await plan.kind.load();
      await run(prepared.options, { ...recordingContext(build, recording.communicator, setting), range: plan.range });
    } catch (error) {
      return { known: false, why: `the ${type} provisioner needs a running machine: ${messageOf(error)}` };
    }
    parts[name] = recording.digest();
  }
  return { known: true, parts, changingByRun: changingByRun(build) };
}

/** Returns the type of the communicator that is recorded. Provisioners for docker and SSH are recorded alike. */
function communicatorType({ facts }: ReadyBuild): "ssh" | "winrm" {
  return facts.communicator === "winrm" ? "winrm" : "ssh";
}

function changingByRun({ kind }: ReadyBuild): ReadonlySet<string> {
  const fields = Object.entries(kind.schema.fields);
  return new Set(fields.flatMap(([name, { notes }]) => (notes.changesByRun ? [optionPart(name)] : [])));
}

const optionPart = (name: string) => `option ${name}`;

/** Returns the hashes of options that are set or have defaults, without those that do not affect the image. */
async function optionParts(
  build: ReadyBuild,
  { surroundings, contents }: PartsSetting,
): Promise<Record<string, string>> {
  const parts: Record<string, string> = {};
  const options = entriesOf(build.options);
  for (const [name, value] of options) {
    const field = build.kind.schema.fields[name];
    if (value === undefined || field?.notes.unfingerprinted) continue;
    // The content of a file, not its path: paths differ between hosts.
    const isFile = field?.notes.isFile && typeof value === "string" && value !== "";
    const text = isFile ? (await contents.of(resolve(surroundings.cwd, value))).join(" ") : textOf(value);
    parts[optionPart(name)] = sha256(text);
  }
  return parts;
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

/** Returns a value as text, the same for equal values; late text becomes its source. */
function textOf(value: unknown): string {
  return JSON.stringify(value, (_key, each: unknown) => {
    if (typeof each !== "object" || each === null || Array.isArray(each)) return each;
    if ("source" in each && "render" in each) return each.source;
    return Object.fromEntries(Object.entries(each).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}

function entriesOf(options: unknown): [string, unknown][] {
  return typeof options === "object" && options !== null ? Object.entries(options) : [];
}

/** Returns the name of a part in reports: `script setup.sh`, `file app/`, `shell`. Paths in the working directory are relative. */
function nameOf({ kind }: ProvisionerPlan, options: unknown, cwd: string): string {
  const subject = kind.facts.subject(options);
  if (!subject) return kind.type;
  const { what, path } = subject;
  const inside = `${resolve(cwd)}${sep}`;
  return `${what} ${path.startsWith(inside) ? path.slice(inside.length) : path}`;
}

/** Returns the name, with a number where an earlier provisioner has the same name. */
function unused(name: string, parts: Readonly<Record<string, string>>): string {
  let unique = name;
  for (let number = 2; unique in parts; number++) unique = `${name} (${number})`;
  return unique;
}

/** Returns placeholders for build data, the same in every run. */
function placeholders(build: ReadyBuild): BuildData {
  const names = [
    "ID",
    "Host",
    "Port",
    "User",
    "Password",
    "ConnType",
    "PackerRunUUID",
    "SSHPublicKey",
    "SSHPrivateKey",
    "WinRMPassword",
  ];
  return Object.fromEntries([...names, ...build.kind.generatedData].map((name) => [name, `<${name}>`]));
}

/** Returns the context of a provisioner that is recorded, the same in every run. */
function recordingContext(
  build: ReadyBuild,
  communicator: Communicator,
  { settings, surroundings }: PartsSetting,
): Omit<ProvisionerContext, "range"> {
  const data = placeholders(build);
  return {
    identity: build.identity,
    narrator: narrator([], () => 0),
    signal: new AbortController().signal,
    settings: { ...settings, runUuid: "<PackerRunUUID>" },
    surroundings: { ...surroundings, clock: instantClock(), ids: sequentialIds() },
    machine: { communicator, data, reachable: () => true, reconnect: async () => undefined },
    data,
    ledger: openLedger({ append: () => undefined }, () => 0),
    childEnvironment: async () => ({}),
  };
}

/** Returns a clock that does not wait. */
function instantClock(): Clock {
  let now = 0;
  return {
    now: () => now,
    sleep: async (ms) => {
      now += ms;
    },
  };
}

/** Returns IDs that are the same in every recording. */
function sequentialIds(): Ids {
  let count = 0;
  return {
    uuid: () => `00000000-0000-4000-8000-${String(++count).padStart(12, "0")}`,
    short: (length) => String(++count).padStart(length, "0").slice(-length),
    random: () => 0,
  };
}
