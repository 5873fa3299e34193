import { isIP } from "node:net";

/** A value, or a complaint that completes `X …`, with what to write instead. */
export type Parsed<T> = { readonly value: T } | { readonly complaint: string; readonly hint?: string | undefined };

/** The environment's form of `ssh-source-cidrs`. */
export const CIDRS_VARIABLE = "BAKE_AMI_SSH_SOURCE_CIDRS";

const AGE_UNITS = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

/** An age such as `7d`, `12h`, `1d12h`, in milliseconds. */
export function parseAge(text: string): Parsed<number> {
  const parts = [...text.trim().matchAll(/(\d+(?:\.\d+)?)([smhdw])/g)];
  const whole = parts.map((part) => part[0]).join("");
  if (whole === "" || whole !== text.trim()) {
    return {
      complaint: `is not an age: "${text}"`,
      hint: 'Write a number with a unit (s, m, h, d, w), such as "7d" or "12h".',
    };
  }
  const ms = parts.map((part) => Number(part[1]) * AGE_UNITS[(part[2] ?? "s") as keyof typeof AGE_UNITS]);
  return { value: ms.reduce((sum, value) => sum + value, 0) };
}

/** A whole number of at least `least`. */
export function parseCount(text: string, least: number): Parsed<number> {
  const value = Number(text);
  if (/^\d+$/.test(text.trim()) && Number.isSafeInteger(value) && value >= least) return { value };
  return { complaint: `must be a whole number of at least ${least}, not "${text}"` };
}

/** One of `words`. */
export function parseChoice<const W extends string>(text: string, words: readonly W[]): Parsed<W> {
  const value = words.find((word) => word === text.trim());
  if (value !== undefined) return { value };
  return { complaint: `must be one of ${words.map((word) => `"${word}"`).join(", ")}, not "${text}"` };
}

/** `name=value`; the value may be empty and may hold further `=`. */
export function parseVariable(text: string): Parsed<{ readonly name: string; readonly value: string }> {
  const at = text.indexOf("=");
  const name = text.slice(0, Math.max(at, 0)).trim();
  if (at < 0 || name === "") return { complaint: `is not of the form name=value: "${text}"` };
  return { value: { name, value: text.slice(at + 1) } };
}

/** The name of a region, by its form; whether it exists is asked of the cloud. */
export function parseRegion(text: string): Parsed<string> {
  const value = text.trim();
  if (/^[a-z]{2,4}(-[a-z]+)+-\d+$/.test(value)) return { value };
  return { complaint: `is not the name of a region: "${text}"`, hint: 'Write it as in "eu-west-1".' };
}

/** The id of an AWS account. */
export function parseAccount(text: string): Parsed<string> {
  return /^\d{12}$/.test(text) ? { value: text } : { complaint: `is not the id of an account: "${text}"` };
}

/** An IPv4 or IPv6 network in CIDR form; an address alone is a network of one. */
export function parseCidr(text: string): Parsed<string> {
  const [address = "", length, ...more] = text.trim().split("/");
  const bits = { 0: 0, 4: 32, 6: 128 }[isIP(address)] ?? 0;
  const size = length === undefined ? bits : Number(length);
  if (bits > 0 && more.length === 0 && (length === undefined || /^\d+$/.test(length)) && size <= bits) {
    return { value: `${address}/${size}` };
  }
  return { complaint: `is not a network in CIDR form: "${text}"`, hint: 'Write it as in "203.0.113.7/32".' };
}

/** Items of a list: separated by commas or line breaks; empty ones are dropped. */
export function splitList(text: string): readonly string[] {
  return text
    .split(/[,\n]/)
    .map((item) => item.trim())
    .filter((item) => item !== "");
}

/** Lines of a list whose items may hold commas. */
export function splitLines(text: string): readonly string[] {
  return text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
}
