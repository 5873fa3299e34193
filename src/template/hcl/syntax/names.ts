const NAME = /^[\p{ID_Start}_][\p{ID_Continue}-]*$/u;

/** Whether a text is an identifier, and so can be a variable's or an attribute's name (HCL specification, "Identifiers"). */
export function isName(text: string): boolean {
  return NAME.test(text);
}
