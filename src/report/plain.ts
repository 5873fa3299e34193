/**
 * Terminal sequences: OSC, DCS and similar ones up to their terminator (or the end of the text), CSI, and two-character
 * escapes (ECMA-48 §5.3, §5.4, §5.6), in 7-bit and 8-bit form.
 */
const SEQUENCES =
  /(?:\u001b[\]PX^_]|[\u009d\u0090\u0098\u009e\u009f])[^\u0007\u001b\u009c]*(?:\u0007|\u001b\\|\u009c)?|(?:\u001b\[|\u009b)[0-?]*[ -/]*[@-~]?|\u001b[ -/]*[0-~]?/g;

/** Other control characters, line separators, and marks that change the direction of writing. */
const CONTROLS = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** Returns the text without terminal sequences and control characters. Newlines and tabs are kept. */
export function plain(text: string): string {
  return text.replace(SEQUENCES, "").replace(CONTROLS, "");
}

/** The same on one line: newlines and tabs become spaces. */
export function plainLine(text: string): string {
  return plain(text).replace(/[\n\t]+/g, " ");
}
