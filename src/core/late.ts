/** Keys of `{{build "X"}}` and `build.X` that every builder has (Packer §1.11). */
export const BUILD_DATA_KEYS: readonly string[] = [
  "ID",
  "Host",
  "Port",
  "User",
  "Password",
  "ConnType",
  "SSHPublicKey",
  "SSHPrivateKey",
  "SSHPrivateKeyFile",
  "SSHAgentAuth",
  "WinRMPassword",
  "PackerRunUUID",
  "PackerHTTPIP",
  "PackerHTTPPort",
  "PackerHTTPAddr",
];

/** Values of `{{ build "X" }}` and `build.X` during a build (Packer §1.11): ID, Host, Port, User, PackerRunUUID, SourceAMI, … */
export type BuildData = Readonly<Record<string, string>>;

/** The value of a dot field in late text: `{{ .SourceAMI }}`, `{{ .SourceAMITags.Name }}`. */
export type FieldValue = string | number | boolean | Readonly<Record<string, string>>;

/** The data of late text, e.g. `{ Path: "/tmp/script_1.sh", Vars: "A='1' " }`. A missing field renders `<no value>`. */
export type Fields = Readonly<Record<string, FieldValue>>;

/** Go template of an option that is rendered during the build (Packer §1.9 "deferred options"); compiled once, rendered many times. */
export interface LateText {
  /** The text as written, for messages. */
  readonly source: string;
  /** Throws a `BakeError` with the option's place when a function fails. */
  render(fields: Fields): string;
}
