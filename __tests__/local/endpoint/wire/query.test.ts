import { describe, expect, test } from "@jest/globals";
import {
  fingerprint,
  flag,
  groups,
  integer,
  parseJson,
  parseQuery,
  text,
  texts,
} from "../../../../src/local/endpoint/wire/query.js";

describe("parseQuery", () => {
  test.each([
    ["Action=X&Version=1", { Action: "X", Version: "1" }],
    ["ImageId.1=a&ImageId.2=b", { ImageId: ["a", "b"] }],
    ["ImageId.2=b&ImageId.10=c&ImageId.1=a", { ImageId: ["a", "b", "c"] }],
    [
      "B.1.Ebs.VolumeSize=8&B.1.DeviceName=%2Fdev%2Fsda1",
      { B: [{ Ebs: { VolumeSize: "8" }, DeviceName: "/dev/sda1" }] },
    ],
    ["Tags.member.1.Key=k&Tags.member.1.Value=", { Tags: [{ Key: "k", Value: "" }] }],
    ["Names.member=", { Names: [] }],
    ["A=1&A.B=2", { A: { B: "2" } }],
    ["__proto__.x=1", { ["__proto__"]: { x: "1" } }],
  ])("reads %s", (body, expected) => {
    expect(JSON.parse(JSON.stringify(parseQuery(body)))).toEqual(JSON.parse(JSON.stringify(expected)));
  });

  test("does not reach the prototype of objects", () => {
    parseQuery("__proto__.polluted=yes&constructor.prototype.polluted=yes");
    expect({}).not.toHaveProperty("polluted");
  });
});

describe("parseJson", () => {
  test("turns numbers and booleans into text and leaves nulls out", () => {
    expect(parseJson('{"A":1,"B":true,"C":null,"D":["x",{"E":false}]}')).toEqual({
      A: "1",
      B: "true",
      D: ["x", { E: "false" }],
    });
  });

  test.each(["[]", "3", "{"])("refuses %s", (body) => {
    expect(() => parseJson(body)).toThrow(SyntaxError);
  });
});

describe("readers", () => {
  const params = parseQuery("Name=n&Flag=TRUE&Count=12&Bad=twelve&L.1=a&L.2=b&G.1.K=1&G.2.K=2&S.Inner=x");

  test("read existing values", () => {
    expect(text(params, "Name")).toBe("n");
    expect(text(params, "S.Inner")).toBe("x");
    expect(flag(params, "Flag")).toBe(true);
    expect(integer(params, "Count")).toBe(12);
    expect(texts(params, "L")).toEqual(["a", "b"]);
    expect(groups(params, "G")).toEqual([{ K: "1" }, { K: "2" }]);
  });

  test("return nothing for a missing value or a value of another shape", () => {
    expect(text(params, "toString")).toBeUndefined();
    expect(text(params, "L")).toBeUndefined();
    expect(texts(params, "Name")).toEqual([]);
    expect(groups(params, "L")).toEqual([]);
  });

  test("refuse an invalid number", () => {
    expect(() => integer(params, "Bad")).toThrow("Value (twelve) for parameter Bad is invalid.");
  });
});

describe("fingerprint", () => {
  const one = fingerprint(parseQuery("A=1&B.1=x&ClientToken=t1"));

  test("ignores the token and the order", () => {
    expect(fingerprint(parseQuery("B.1=x&ClientToken=t2&A=1&DryRun=true"))).toBe(one);
  });

  test("differs for other parameters", () => {
    expect(fingerprint(parseQuery("A=1&B.1=y"))).not.toBe(one);
  });
});
