/** GNU tar ends with 1 when files changed while it read them (GNU tar manual, "Return values"). Other programs use 1 for failures. */
const DIFFERS = 1;

/** Lines of tar. The start-up files of a login shell can print others. */
const OF_TAR = /^(?:\S*\/)?tar: /;

/** What GNU tar reports for files that changed, and for sockets, which no archive can have. */
const CHANGED =
  /: (?:file changed as we read it|file removed before we read it|directory removed before we read it|file shrank by \d+ bytes?; padding with zeros|socket ignored)$/i;

/** Lines that report neither a problem nor a change. */
const PLAIN =
  /^\S*tar: (?:Removing leading .* from (?:member names|hard link targets)|Exiting with failure status .*)$/i;

/** Warnings in one message. */
const MOST = 5;

/**
 * Returns warnings for a tar that sent everything it could: exit code 0, or 1 when all that it reported are files that changed. Returns
 * undefined when it failed. `complaints`: the end of its standard error.
 */
export function tarWarnings(code: number, complaints: string): readonly string[] | undefined {
  const lines = complaints.split("\n").filter((line) => OF_TAR.test(line) && !PLAIN.test(line));
  const changes = lines.filter((line) => CHANGED.test(line));
  if (code !== 0 && (code !== DIFFERS || changes.length === 0 || changes.length < lines.length)) return undefined;
  const more = changes.length > MOST ? [`${changes.length - MOST} more files changed`] : [];
  return [...changes.slice(0, MOST), ...more];
}
