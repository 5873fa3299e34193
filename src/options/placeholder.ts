/** Text that stands for a value known only during the run, at plan time. */
export const PLACEHOLDER = "<unknown>";

/** Whether text holds a value that is not known yet: it can be neither parsed nor checked. */
export function isPlaceholder(text: string): boolean {
  return text.includes(PLACEHOLDER);
}
