/**
 * Returns the lines at the end of a local bake with Windows instances, one file for each: that nothing ran on them, and where the records are.
 * None without records.
 */
export function recordedLines(records: readonly string[]): readonly string[] {
  if (records.length === 0) return [];
  const instances = records.length === 1 ? "the Windows instance" : `${records.length} Windows instances`;
  return [
    `Nothing ran on ${instances} of this bake: the local cloud only recorded the commands and files. The AMI has no content.`,
    ...records.map((path) => `Record: ${path}`),
  ];
}
