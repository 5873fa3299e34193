/** Go-template text that cannot be understood; `start` and `end` are offsets into the text. */
export class TextSyntaxError extends Error {
  readonly start: number;
  readonly end: number;
  readonly hint: string | undefined;
  /** Kebab-case name for the diagnostic. */
  readonly code: string;

  constructor(message: string, start: number, end: number, hint?: string, code = "template-syntax") {
    super(message);
    this.name = "TextSyntaxError";
    this.start = start;
    this.end = end;
    this.hint = hint;
    this.code = code;
  }
}
