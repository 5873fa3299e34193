import { fc } from "../support/properties.js";

/** One entry of the uploaded directory. */
export type Uploaded =
  | { readonly kind: "file"; readonly text: string; readonly mode: number }
  | { readonly kind: "folder"; readonly mode: number }
  | { readonly kind: "link"; readonly to: "one" | "two" };

/** A template and its environment as plain values. */
export interface Inputs {
  readonly format: "json" | "hcl2";
  // Inputs that affect the image.
  readonly source: string;
  readonly instanceType: string;
  readonly user: string;
  readonly diskSize: number;
  readonly userData: string;
  readonly files: Readonly<Record<string, Uploaded>>;
  readonly destination: string;
  readonly script: string;
  readonly inline: readonly string[];
  readonly order: readonly ("file" | "script" | "inline" | "content")[];
  readonly content: string;
  /** Value of the variable `version`: its default, in the variable file, on the command line; the last one that is set wins. */
  readonly fallback: string;
  readonly inFile: string | undefined;
  readonly override: string | undefined;
  readonly fixedName: string;
  // Inputs that do not.
  readonly startedAt: number;
  readonly unused: string;
  readonly unrelated: string;
  readonly touched: number;
  readonly comment: string;
  readonly regions: readonly string[];
  readonly tags: Readonly<Record<string, string>>;
  readonly description: string;
  readonly users: readonly string[];
  readonly sshTimeout: string;
  readonly pause: string;
  readonly postProcessor: boolean;
}

const IGNORED = [
  ...(["startedAt", "unused", "unrelated", "touched", "comment", "regions", "tags", "description"] as const),
  ...(["users", "sshTimeout", "pause", "postProcessor"] as const),
];

/** The inputs that can change independently. */
export const FIELDS: readonly (keyof Inputs)[] = [
  ...(["source", "instanceType", "user", "diskSize", "userData", "files", "destination", "script", "inline"] as const),
  ...(["order", "content", "fallback", "inFile", "override", "fixedName"] as const),
  ...IGNORED,
];

const words = fc.stringMatching(/^[a-z0-9]{1,6}$/);
const mode = fc.constantFrom(0o600, 0o644, 0o755);
const uploaded: fc.Arbitrary<Uploaded> = fc.oneof(
  fc.record({ kind: fc.constant("file" as const), text: words, mode }),
  fc.record({ kind: fc.constant("folder" as const), mode: fc.constantFrom(0o700, 0o755) }),
  fc.record({ kind: fc.constant("link" as const), to: fc.constantFrom("one", "two") }),
);

/** Random inputs of a template in one of the two languages. */
export function arbitraryInputs(format: Inputs["format"]): fc.Arbitrary<Inputs> {
  return fc.record({
    format: fc.constant(format),
    source: fc.constantFrom("ami-0123456789abcdef0", "ami-0fedcba9876543210"),
    instanceType: fc.constantFrom("t3.micro", "t3.large"),
    user: fc.constantFrom("ubuntu", "admin"),
    diskSize: fc.constantFrom(8, 20),
    userData: words,
    files: fc.dictionary(fc.constantFrom("one", "two words", "drei-ä", ".hidden"), uploaded, { noNullPrototype: true }),
    destination: fc.constantFrom("/tmp/a", "/tmp/b"),
    script: words,
    inline: fc.array(words, { minLength: 1, maxLength: 3 }),
    order: fc.shuffledSubarray(["file", "script", "inline", "content"] as const, { minLength: 1 }),
    content: words,
    fallback: words,
    inFile: fc.option(words, { nil: undefined }),
    override: fc.option(words, { nil: undefined }),
    fixedName: fc.constantFrom("web", "web-two"),
    startedAt: fc.integer({ min: 1_700_000_000_000, max: 1_900_000_000_000 }),
    unused: words,
    unrelated: words,
    touched: fc.integer({ min: 1, max: 1_700_000_000 }),
    comment: words,
    regions: fc.subarray(["eu-west-1", "us-west-2"]),
    tags: fc.dictionary(fc.constantFrom("App", "Baked"), fc.constantFrom("x", "y", "TIME"), { noNullPrototype: true }),
    description: words,
    users: fc.subarray(["123456789012", "210987654321"]),
    sshTimeout: fc.constantFrom("5m", "10m"),
    pause: fc.constantFrom("1s", "2s"),
    postProcessor: fc.boolean(),
  });
}

/** All smallest changes of the upload: bytes, mode, kind, target of a link, name, one entry more or less. */
export function smallChanges(files: Inputs["files"]): readonly Inputs["files"][] {
  const changes = Object.entries(files).flatMap(([name, what]) => {
    const { [name]: _gone, ...others } = files;
    return [others, { ...others, [`${name}2`]: what }, ...alike(what).map((each) => ({ ...others, [name]: each }))];
  });
  return [...changes, { ...files, new: { kind: "folder", mode: 0o755 } }];
}

function alike(what: Uploaded): readonly Uploaded[] {
  switch (what.kind) {
    case "file":
      return [
        { ...what, text: `${what.text} ` },
        { ...what, mode: what.mode ^ 0o100 },
        { kind: "folder", mode: what.mode | 0o700 },
      ];
    case "folder":
      return [
        { ...what, mode: what.mode ^ 0o050 },
        { kind: "file", text: "", mode: what.mode },
      ];
    case "link":
      return [{ kind: "link", to: what.to === "one" ? "two" : "one" }, resolved(what)];
  }
}

/** The part of these inputs that affects the image: equal texts mean equal images. */
export function essenceOf(inputs: Inputs): string {
  const { order, files, destination, content, script, inline, fallback, inFile, override } = inputs;
  const { source, instanceType, user, diskSize, userData, fixedName } = inputs;
  const uses = (kind: (typeof order)[number], what: unknown) => (order.includes(kind) ? what : undefined);
  const version = order.includes("script") || order.includes("content") ? (override ?? inFile ?? fallback) : undefined;
  const seen = Object.entries(files)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, what]) => [name, Object.entries(resolved(what)).sort()]);
  return JSON.stringify([
    ...[source, instanceType, user, diskSize, userData, fixedName, version, order],
    ...[uses("file", [seen, destination]), uses("content", content), uses("script", script), uses("inline", inline)],
  ]);
}

/** Links are followed: their targets are uploaded. */
function resolved(what: Uploaded): Exclude<Uploaded, { readonly kind: "link" }> {
  return what.kind === "link" ? { kind: "file", text: what.to === "one" ? "1" : "2", mode: 0o644 } : what;
}
