import { describe, expect, test } from "@jest/globals";
import { convertible, unify } from "../../../src/template/values/conversions.js";
import { mismatch } from "../../../src/template/values/mismatch.js";
import {
  BOOL,
  compareText,
  DYNAMIC,
  listOf,
  mapOf,
  NUMBER,
  objectOf,
  STRING,
  sameType,
  setOf,
  type Type,
  tupleOf,
  typeText,
} from "../../../src/template/values/types.js";

const a = (type: Type) => objectOf([["a", type]]);

describe("unification", () => {
  test.each([
    [[STRING, NUMBER], STRING],
    [[NUMBER, BOOL], undefined],
    [[BOOL, STRING], STRING],
    [[tupleOf([NUMBER]), tupleOf([STRING])], tupleOf([STRING])],
    [[tupleOf([NUMBER]), tupleOf([STRING, STRING])], listOf(STRING)],
    [[listOf(NUMBER), tupleOf([STRING])], listOf(STRING)],
    [[a(NUMBER), a(STRING)], a(STRING)],
    [[a(NUMBER), objectOf([["b", STRING]])], mapOf(STRING)],
    [[mapOf(NUMBER), a(STRING)], mapOf(STRING)],
    [[a(NUMBER), tupleOf([])], undefined],
    [[listOf(STRING), setOf(STRING)], listOf(STRING)],
    [[STRING, listOf(STRING)], undefined],
    [[DYNAMIC, a(NUMBER)], DYNAMIC],
  ])("%#", (types, expected) => {
    const found = unify(types, true);
    expect(found && typeText(found)).toBe(expected && typeText(expected));
  });
});

describe("mismatches", () => {
  test.each([
    [STRING, listOf(STRING), "list of string required, but have string"],
    [a(STRING), objectOf([["b", STRING]]), 'attribute "b" is required'],
    [a(tupleOf([])), a(NUMBER), 'attribute "a": number required, but have tuple'],
    [tupleOf([NUMBER, tupleOf([])]), listOf(STRING), "element 1: string required, but have tuple"],
    [tupleOf([NUMBER, tupleOf([])]), listOf(DYNAMIC), "all list elements must have the same type"],
    [listOf(a(STRING)), listOf(STRING), "incorrect list element type: string required, but have object"],
    [NUMBER, BOOL, "bool required, but have number"],
  ])("%#", (got, want, expected) => {
    expect(convertible(got, want, true)).toBe(false);
    expect(mismatch(got, want)).toBe(expected);
  });
});

test("optional attributes make another type", () => {
  expect(sameType(a(STRING), objectOf([["a", STRING]], new Set(["a"])))).toBe(false);
});

test("text is ordered by code points", () => {
  const texts = ["\ud83d\ude00", "\uffff", "z", "a", ""];
  expect([...texts].sort(compareText)).toEqual(["", "a", "z", "\uffff", "\ud83d\ude00"]);
});
