const UNITS: readonly (readonly [string, number])[] = [
  ["d", 86_400_000],
  ["h", 3_600_000],
  ["min", 60_000],
];

/** An age in its largest unit, for tables: `12 d`, `5 h`, `0 min`. */
export function shortAge(ms: number): string {
  const [unit, size] = UNITS.find(([, length]) => ms >= length) ?? ["min", 60_000];
  return `${Math.floor(ms / size)} ${unit}`;
}
