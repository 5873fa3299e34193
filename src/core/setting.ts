/**
 * Settings of a run that texts of the engine name. Each front end has its own notation for them: an input of the action, a flag of the
 * command line. The names are those of the flags.
 */
export const SETTINGS = [
  "access",
  "except",
  "image",
  "keep-names",
  "local-policy",
  "local-windows",
  "max-instance-minutes",
  "on-test-failure",
  "only",
  "overwrite-parameter",
  "permissions-boundary",
  "preflight",
  "region",
  "regions",
  "require-tested",
  "ssh-accept-new-host-keys",
  "ssm-parameter",
  "test",
  "test-instance-types",
  "test-user-data",
] as const;

/** The name of a setting of a run. */
export type Setting = (typeof SETTINGS)[number];

/** Returns the neutral mark of a setting for a summary, detail or hint. It is readable where no front end replaces it. */
export function setting(name: Setting): string {
  return `‹${name}›`;
}

/** Returns the text with each mark of a setting replaced; `isFirst` is true at the start of the text. */
export function withSettings(text: string, notation: (name: Setting, isFirst: boolean) => string): string {
  return text.replace(MARK, (mark: string, name: string, at: number) => {
    const known = SETTINGS.find((each) => each === name);
    return known === undefined ? mark : notation(known, at === 0);
  });
}

const MARK = /‹([a-z-]+)›/g;
