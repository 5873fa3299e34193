/** A UUID that starts with the time in seconds, as Packer's `uuid` gives; `random` is 12 bytes. */
export function timeOrderedUuid(now: Date, random: Uint8Array): string {
  const seconds = (Math.floor(now.getTime() / 1000) >>> 0).toString(16).padStart(8, "0");
  const hex = [...random].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return [seconds, hex.slice(0, 4), hex.slice(4, 8), hex.slice(8, 12), hex.slice(12, 24)].join("-");
}
