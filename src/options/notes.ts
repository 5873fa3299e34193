/** Name of a type in the documentation tables and in messages. */
export type TypeName = string;

/** Description of an option in a schema. */
export interface FieldNotes<T> {
  /** One sentence for the option tables, in our own words. */
  readonly doc: string;
  readonly required?: true | undefined;
  /** Value when the option is not set. */
  readonly default?: T | undefined;
  /** Default in words, when it is not a constant. */
  readonly defaultDoc?: string | undefined;
  /** Packer has the option, bake-ami does not: `validate` warns, `build` fails. Text: what to do instead. */
  readonly unsupported?: string | undefined;
  /** Deprecated or without effect: a warning with this text. */
  readonly deprecated?: string | undefined;
  /** The value is a secret: it is masked in all output. */
  readonly secret?: true | undefined;
  /** Does not change the image: not part of the fingerprint. */
  readonly unfingerprinted?: true | undefined;
  /** Different in every run without changing the image, e.g. a name with a timestamp. Part of the fingerprint. */
  readonly changesByRun?: true | undefined;
  /** Path of a file: the content of the file is part of the fingerprint, its path is not. */
  readonly isFile?: true | undefined;
}

/** Description of an option for messages and the documentation tables. */
export interface DescribedField {
  readonly type: TypeName;
  readonly notes: FieldNotes<unknown>;
  /** In HCL2 the option is a block (an object, or a list of objects). */
  readonly block?: true | undefined;
  /** The options of a nested object. */
  readonly fields?: Readonly<Record<string, DescribedField>> | undefined;
}
