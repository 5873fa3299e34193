import { describe, expect, test } from "@jest/globals";
import { codesOf, loadText } from "./loading.js";

const NULLS = 'source "null" "a" {\n  communicator = "none"\n}\nsource "null" "b" {}\n';

describe("selection", () => {
  const text = `${NULLS}
    build {
      name = "x"
      sources = ["null.a", "null.b"]
      post-processors {
        post-processor "checksum" {}
        post-processor "manifest" { name = "m" }
        post-processor "compress" {}
      }
    }
    build { sources = ["null.a"] }`;

  test.each([
    [{ only: ["x.*"] }, ["x.null.a", "x.null.b"]],
    [{ only: ["*.a"] }, ["x.null.a", "null.a"]],
    [{ only: ["x.null.[ab]"], except: ["*.b"] }, ["x.null.a"]],
    [{ except: ["x.null.{a,b}"] }, ["null.a"]],
    [{ only: ["null.?"] }, ["null.a"]],
    [{ only: ["x.null.[!a]"] }, ["x.null.b"]],
  ])("%j", (inputs, expected) => {
    const loaded = loadText(text, inputs);
    expect(loaded.template?.builds.map(({ name }) => name)).toEqual(expected);
    expect(codesOf(loaded)).toEqual([]);
  });

  test("-except ends a pipeline at a post-processor", () => {
    const [build] = loadText(text, { except: ["m"] }).template?.builds ?? [];
    expect(build?.postProcessors.map((p) => p.map(({ name }) => name))).toEqual([["checksum"]]);
  });

  test("warns about a pattern that matches nothing", () => {
    expect(codesOf(loadText(text, { only: ["y.*"] }))).toEqual(["unmatched-selection"]);
  });
});
