const DAY = 86_400_000;

/** How old something is, for people: `3 days old`, `5 hours old`; undefined where the date cannot be read. */
export function ageOf(createdAt: string, now: number): string | undefined {
  const created = Date.parse(createdAt);
  if (Number.isNaN(created)) return undefined;
  const ms = Math.max(0, now - created);
  if (ms >= 2 * DAY) return `${Math.floor(ms / DAY)} days old`;
  const hours = Math.floor(ms / 3_600_000);
  if (hours === 0) return "less than an hour old";
  return hours === 1 ? "1 hour old" : `${hours} hours old`;
}
