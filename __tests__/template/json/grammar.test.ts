import { describe, expect, test } from "@jest/globals";
import { load, reported } from "./loading.js";

/** A template around one section, on a line of its own. */
const around = (section: string) =>
  `{\n${section},\n"builders": [{"type": "null", "name": "one"}, {"type": "null", "name": "two"}]}`;

describe("complaints of sections", () => {
  test.each<[string, string, readonly string[]]>([
    ["no builders", '{"provisioners": []}', ["error no-builders t.json:1:1 at least one builder must be defined"]],
    [
      "no builders in the list",
      '{"builders": []}',
      ["error no-builders t.json:1:2 at least one builder must be defined"],
    ],
    [
      "unknown root keys, all of them",
      around('"bogus": 1, "provisioner": []'),
      [
        'error unknown-root-key t.json:2:1 unknown root level key in template: "bogus"',
        'error unknown-root-key t.json:2:13 unknown root level key in template: "provisioner"',
      ],
    ],
    [
      "a comment that is no text",
      around('"_c": 5'),
      ['error comment-not-text t.json:2:7 the root comment "_c" must be text, not a number'],
    ],
    [
      "comments, push and description are taken",
      around('"_c": "x", "comments": [{"a": "b"}], "push": {"name": "x"}, "description": "d"'),
      [],
    ],
    [
      "builders that are no list",
      '{"builders": {"type": "null"}}',
      [
        'error wrong-section t.json:1:14 "builders" must be a list, not an object',
        "error no-builders t.json:1:2 at least one builder must be defined",
      ],
    ],
    [
      "a builder that is no object",
      '{"builders": ["null"]}',
      ["error wrong-section t.json:1:15 builder 1: must be an object, not a string"],
    ],
    [
      "a builder without type",
      '{"builders": [{"name": "x"}]}',
      ['error missing-type t.json:1:15 builder 1: "type" is missing'],
    ],
    [
      "a builder with an empty type",
      '{"builders": [{"type": ""}]}',
      ['error missing-type t.json:1:24 builder 1: "type" is missing'],
    ],
    [
      "two builders of one name",
      '{"builders": [{"type": "null"},\n{"type": "null"}]}',
      ['error duplicate-builder t.json:2:10 builder 2: a builder with the name "null" is there already'],
    ],
    [
      "a provisioner without type",
      around('"provisioners": [{"inline": []}]'),
      ['error missing-type t.json:2:18 provisioner 1: "type" is missing'],
    ],
    [
      "a provisioner that is no object",
      around('"provisioners": [5]'),
      ["error wrong-section t.json:2:18 provisioner 1: must be an object, not a number"],
    ],
    [
      "only that names no builder",
      around('"provisioners": [{"type": "shell", "only": ["one", "tow"]}]'),
      ['error unknown-builder-name t.json:2:52 provisioner 1: "only" names a builder that is not there: "tow"'],
    ],
    [
      "except that names no builder",
      around('"provisioners": [{"type": "shell", "except": ["zzz"]}]'),
      ['error unknown-builder-name t.json:2:47 provisioner 1: "except" names a builder that is not there: "zzz"'],
    ],
    [
      "only and except",
      around('"provisioners": [{"type": "shell", "only": ["one"], "except": ["two"]}]'),
      ['error only-and-except t.json:2:53 provisioner 1: only one of "only" and "except" may be given'],
    ],
    [
      "override of no builder",
      around('"provisioners": [{"type": "shell", "override": {"zzz": {}}}]'),
      ['error unknown-builder-name t.json:2:49 provisioner 1: "override" names a builder that is not there: "zzz"'],
    ],
    [
      "override that is no object",
      around('"provisioners": [{"type": "shell", "override": {"one": 1}}]'),
      ['error wrong-override t.json:2:56 provisioner 1: "override" of "one" must be an object, not a number'],
    ],
    [
      "a pipeline inside a pipeline",
      around('"post-processors": [["manifest", ["x"]]]'),
      ["error nested-pipeline t.json:2:34 post-processor 1.2: a list is not allowed inside a list of post-processors"],
    ],
    [
      "a post-processor without type",
      around('"post-processors": [{"name": "x"}]'),
      ['error missing-type t.json:2:21 post-processor 1.1: "type" is missing'],
    ],
    [
      "keep_input_artifact that is no boolean",
      around('"post-processors": [{"type": "manifest", "keep_input_artifact": "yes"}]'),
      [
        'error wrong-option-value t.json:2:65 post-processor 1.1: "keep_input_artifact" must be true or false, not a string',
      ],
    ],
    [
      "only of a post-processor",
      around('"post-processors": [{"type": "manifest", "only": ["nope"]}]'),
      ['error unknown-builder-name t.json:2:51 post-processor 1.1: "only" names a builder that is not there: "nope"'],
    ],
    [
      "error-cleanup-provisioner without type",
      around('"error-cleanup-provisioner": {}'),
      ['error missing-type t.json:2:30 error-cleanup-provisioner: "type" is missing'],
    ],
    [
      "a variable that is a number",
      around('"variables": {"a": 5, "b": []}'),
      [
        'error variable-not-text t.json:2:20 variable "a": the value must be text or null, not a number',
        'error variable-not-text t.json:2:28 variable "b": the value must be text or null, not a list',
      ],
    ],
    [
      "too new",
      around('"min_packer_version": "9.9.0"'),
      [
        "error minimum-version t.json:2:23 this template requires Packer 9.9.0 or higher; bake-ami follows Packer 1.16.0",
      ],
    ],
    [
      "not a version",
      around('"min_packer_version": "new"'),
      ['error minimum-version t.json:2:23 "min_packer_version" is not a version: "new"'],
    ],
    ["new enough", around('"min_packer_version": "v1.16"'), []],
    [
      "several things at once",
      around('"bogus": 1, "provisioners": [{"only": ["x"]}, {"type": "a", "only": ["x"]}], "variables": {"v": true}'),
      [
        'error unknown-root-key t.json:2:1 unknown root level key in template: "bogus"',
        'error variable-not-text t.json:2:97 variable "v": the value must be text or null, not a boolean',
        'error missing-type t.json:2:30 provisioner 1: "type" is missing',
        'error unknown-builder-name t.json:2:70 provisioner 2: "only" names a builder that is not there: "x"',
      ],
    ],
  ])("%s", (_, text, expected) => {
    expect(reported(text)).toEqual(expected);
  });

  test("hints name the nearest word", () => {
    const hints = load(around('"provisioner": [], "provisioners": [{"type": "a", "only": ["tow"]}]')).diagnostics.map(
      ({ hint }) => hint,
    );
    expect(hints).toEqual(['Did you mean "provisioners"?', 'Did you mean "two"?']);
  });

  test("a file that is not there", () => {
    expect(reported("", { path: "nope.json" })).toEqual([
      "error file-not-read - no such file or directory: 'nope.json'",
    ]);
  });
});
