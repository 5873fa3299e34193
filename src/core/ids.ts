/** Where random names come from; passed in, so that tests are repeatable. */
export interface Ids {
  /** An RFC 9562 UUID, e.g. for `packer_<uuid>` names. */
  uuid(): string;
  /** `length` characters of `[a-z0-9]`. */
  short(length: number): string;
  /** A number in [0, 1). */
  random(): number;
}
