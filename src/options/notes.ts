/** How the documentation tables and messages name a type. */
export type TypeName = string;

/** What a schema author says about an option. */
export interface FieldNotes<T> {
  /** One line for the option tables, in our own words. */
  readonly doc: string;
  readonly required?: true | undefined;
  /** Value when the option is not given. */
  readonly default?: T | undefined;
  /** Default in words, where it is not a constant. */
  readonly defaultDoc?: string | undefined;
  /** Known to Packer but not built: a warning in `validate`, a refusal by name in `build`. Says what to do instead. */
  readonly unsupported?: string | undefined;
  /** Old name or no effect: a warning with this text. */
  readonly deprecated?: string | undefined;
  /** Value is a secret: masked before anything else happens. */
  readonly secret?: true | undefined;
  /** Does not shape the image: left out of the fingerprint. */
  readonly unfingerprinted?: true | undefined;
  /** In the fingerprint, and different in every run without making another image: a name that tells the time. */
  readonly changesByRun?: true | undefined;
  /** Path of a file: what the file holds goes into the fingerprint, not where it is. */
  readonly isFile?: true | undefined;
}

/** An option as messages and the documentation tables describe it. */
export interface DescribedField {
  readonly type: TypeName;
  readonly notes: FieldNotes<unknown>;
  /** In HCL2 the option is written as a block (an object, or a list of them). */
  readonly block?: true | undefined;
  /** The options of a nested object. */
  readonly fields?: Readonly<Record<string, DescribedField>> | undefined;
}
