import { expect, test } from "@jest/globals";
import { documentOptions } from "../../src/options/document.js";
import { choice, duration, flag, list, object, text } from "../../src/options/fields.js";
import { schema } from "../../src/options/schema.js";

test("options are a Markdown table, with nested options below", () => {
  const definition = schema(
    {
      name: text({ doc: "A | name.", required: true }),
      wait: duration({ doc: "How long.", default: 5_400_000 }),
      how: choice(["a", "b"], { doc: "Which.", default: "a" }),
      regions: list(text({ doc: "One." }), { doc: "Regions.", defaultDoc: "all of them" }),
      on: flag({ doc: "Whether.", default: false, unsupported: "Use it not." }),
      old: text({ doc: "Old.", deprecated: "no effect" }),
      inner: object({ deep: object({ leaf: text({ doc: "A leaf." }) }, { doc: "Deep." }) }, { doc: "Inner." }),
    },
    { renamed: { title: "name" } },
  );
  expect(documentOptions(definition, 4)).toBe(
    [
      "| Option | Type | Default | Description |",
      "| --- | --- | --- | --- |",
      "| `how` | `a` \\| `b` | `a` | Which. |",
      "| `inner` | object |  | Inner. |",
      "| `name` | string | **required** | A \\| name. |",
      "| `old` | string |  | Old. *Deprecated:* no effect |",
      "| `on` | boolean | `false` | Whether. *Not supported yet:* Use it not. |",
      "| `regions` | list of string | all of them | Regions. |",
      "| `wait` | duration | `1h30m` | How long. |",
      "",
      "#### `inner`",
      "",
      "| Option | Type | Default | Description |",
      "| --- | --- | --- | --- |",
      "| `deep` | object |  | Deep. |",
      "",
      "#### `inner.deep`",
      "",
      "| Option | Type | Default | Description |",
      "| --- | --- | --- | --- |",
      "| `leaf` | string |  | A leaf. |",
      "",
      "Old names, accepted with a warning: `title` (now `name`).",
      "",
    ].join("\n"),
  );
});
