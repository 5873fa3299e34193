import { describe, expect, test } from "@jest/globals";
import { load, reported } from "./loading.js";

/** A template around one section, on a line of its own. */
const around = (section: string) =>
  `{\n${section},\n"builders": [{"type": "null", "name": "one"}, {"type": "null", "name": "two"}]}`;

describe("errors in sections", () => {
  test.each<[string, string, readonly string[]]>([
    ["no builders", '{"provisioners": []}', ["error no-builders t.json:1:1 At least one builder must be defined"]],
    [
      "no builders in the list",
      '{"builders": []}',
      ["error no-builders t.json:1:2 At least one builder must be defined"],
    ],
    [
      "unknown root keys, all of them",
      around('"bogus": 1, "provisioner": []'),
      [
        'error unknown-root-key t.json:2:1 Unknown root level key in template: "bogus"',
        'error unknown-root-key t.json:2:13 Unknown root level key in template: "provisioner"',
      ],
    ],
    [
      "a comment that is not a string",
      around('"_c": 5'),
      ['error comment-not-text t.json:2:7 Root comment "_c" must be a string, not a number'],
    ],
    [
      "comments, push and description are accepted",
      around('"_c": "x", "comments": [{"a": "b"}], "push": {"name": "x"}, "description": "d"'),
      [],
    ],
    [
      "builders that are not a list",
      '{"builders": {"type": "null"}}',
      [
        'error wrong-section t.json:1:14 "builders" must be a list, not an object',
        "error no-builders t.json:1:2 At least one builder must be defined",
      ],
    ],
    [
      "a builder that is not an object",
      '{"builders": ["null"]}',
      ["error wrong-section t.json:1:15 Builder 1 must be an object, not a string"],
    ],
    [
      "a builder without type",
      '{"builders": [{"name": "x"}]}',
      ['error missing-type t.json:1:15 Builder 1: "type" is missing'],
    ],
    [
      "a builder with an empty type",
      '{"builders": [{"type": ""}]}',
      ['error missing-type t.json:1:24 Builder 1: "type" is missing'],
    ],
    [
      "two builders with the same name",
      '{"builders": [{"type": "null"},\n{"type": "null"}]}',
      ['error duplicate-builder t.json:2:10 Builder 2: name "null" is already in use'],
    ],
    [
      "a provisioner without type",
      around('"provisioners": [{"inline": []}]'),
      ['error missing-type t.json:2:18 Provisioner 1: "type" is missing'],
    ],
    [
      "a provisioner that is not an object",
      around('"provisioners": [5]'),
      ["error wrong-section t.json:2:18 Provisioner 1 must be an object, not a number"],
    ],
    [
      "only with an unknown builder",
      around('"provisioners": [{"type": "shell", "only": ["one", "tow"]}]'),
      ['error unknown-builder-name t.json:2:52 Provisioner 1: "only" contains "tow", but no builder has this name'],
    ],
    [
      "except with an unknown builder",
      around('"provisioners": [{"type": "shell", "except": ["zzz"]}]'),
      ['error unknown-builder-name t.json:2:47 Provisioner 1: "except" contains "zzz", but no builder has this name'],
    ],
    [
      "only and except",
      around('"provisioners": [{"type": "shell", "only": ["one"], "except": ["two"]}]'),
      ['error only-and-except t.json:2:53 Provisioner 1: "only" and "except" cannot both be set'],
    ],
    [
      "override for an unknown builder",
      around('"provisioners": [{"type": "shell", "override": {"zzz": {}}}]'),
      ['error unknown-builder-name t.json:2:49 Provisioner 1: "override" contains "zzz", but no builder has this name'],
    ],
    [
      "override that is not an object",
      around('"provisioners": [{"type": "shell", "override": {"one": 1}}]'),
      ['error wrong-override t.json:2:56 Provisioner 1: "override" for "one" must be an object, not a number'],
    ],
    [
      "a pipeline inside a pipeline",
      around('"post-processors": [["manifest", ["x"]]]'),
      ["error nested-pipeline t.json:2:34 Post-processor 1.2: a pipeline cannot contain another list"],
    ],
    [
      "a post-processor without type",
      around('"post-processors": [{"name": "x"}]'),
      ['error missing-type t.json:2:21 Post-processor 1.1: "type" is missing'],
    ],
    [
      "keep_input_artifact that is not a boolean",
      around('"post-processors": [{"type": "manifest", "keep_input_artifact": "yes"}]'),
      [
        'error wrong-option-value t.json:2:65 Post-processor 1.1: "keep_input_artifact" must be true or false, not a string',
      ],
    ],
    [
      "only of a post-processor with an unknown builder",
      around('"post-processors": [{"type": "manifest", "only": ["nope"]}]'),
      [
        'error unknown-builder-name t.json:2:51 Post-processor 1.1: "only" contains "nope", but no builder has this name',
      ],
    ],
    [
      "error-cleanup-provisioner without type",
      around('"error-cleanup-provisioner": {}'),
      ['error missing-type t.json:2:30 "error-cleanup-provisioner": "type" is missing'],
    ],
    [
      "a variable that is a number",
      around('"variables": {"a": 5, "b": []}'),
      [
        'error variable-not-text t.json:2:20 Variable "a" must be a string or null, not a number',
        'error variable-not-text t.json:2:28 Variable "b" must be a string or null, not a list',
      ],
    ],
    [
      "a version that is too new",
      around('"min_packer_version": "9.9.0"'),
      [
        "error minimum-version t.json:2:23 This template requires Packer version 9.9.0 or higher; bake-ami is compatible with 1.16.0",
      ],
    ],
    [
      "an invalid version",
      around('"min_packer_version": "new"'),
      ['error minimum-version t.json:2:23 "min_packer_version" is not a version: "new"'],
    ],
    ["a supported version", around('"min_packer_version": "v1.16"'), []],
    [
      "several errors at once",
      around('"bogus": 1, "provisioners": [{"only": ["x"]}, {"type": "a", "only": ["x"]}], "variables": {"v": true}'),
      [
        'error unknown-root-key t.json:2:1 Unknown root level key in template: "bogus"',
        'error variable-not-text t.json:2:97 Variable "v" must be a string or null, not a boolean',
        'error missing-type t.json:2:30 Provisioner 1: "type" is missing',
        'error unknown-builder-name t.json:2:70 Provisioner 2: "only" contains "x", but no builder has this name',
      ],
    ],
  ])("%s", (_, text, expected) => {
    expect(reported(text)).toEqual(expected);
  });

  test("hints suggest the nearest name", () => {
    const hints = load(around('"provisioner": [], "provisioners": [{"type": "a", "only": ["tow"]}]')).diagnostics.map(
      ({ hint }) => hint,
    );
    expect(hints).toEqual(['Did you mean "provisioners"?', 'Did you mean "two"?']);
  });

  test("a missing file", () => {
    expect(reported("", { path: "nope.json" })).toEqual([
      'error file-not-read - Could not read "nope.json": no such file or directory',
    ]);
  });
});
