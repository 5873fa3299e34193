import { join } from "node:path";
import { beforeEach, describe, expect, test } from "@jest/globals";
import { testCloud } from "../support/cloud.js";
import { temporaryFolder } from "../support/folder.js";
import { type Mistake, makeMistake } from "./play.js";
import { startServers } from "./servers.js";
import { ACCOUNT } from "./tables/account.js";
import { FLAGS } from "./tables/flags.js";
import { HCL } from "./tables/hcl.js";
import { INPUTS } from "./tables/inputs.js";
import { OPTIONS } from "./tables/options.js";
import { OTHER_ACTIONS } from "./tables/other-actions.js";
import { PROVISIONERS } from "./tables/provisioners.js";
import { REFUSED_CREDENTIALS } from "./tables/refused-credentials.js";
import { TEMPLATE_INPUTS } from "./tables/template-inputs.js";
import { TEMPLATES } from "./tables/templates.js";
import { VARIABLES } from "./tables/variables.js";

const folder = temporaryFolder("newcomer");
const cloud = testCloud();

const TABLES: Readonly<Record<string, readonly Mistake[]>> = {
  inputs: INPUTS,
  "inputs of templates": TEMPLATE_INPUTS,
  variables: VARIABLES,
  templates: TEMPLATES,
  options: OPTIONS,
  provisioners: PROVISIONERS,
  HCL2: HCL,
  flags: FLAGS,
  account: ACCOUNT,
  "refused credentials": REFUSED_CREDENTIALS,
  "other actions": OTHER_ACTIONS,
};

beforeEach(() => {
  cloud.endpoint().baseline();
  cloud.endpoint().forget();
});

describe.each(Object.entries(TABLES))("%s: a newcomer reads what to change who", (_, mistakes) => {
  test.each(mistakes.map((mistake) => [mistake.mistake, mistake] as const))("%s", async (_, mistake) => {
    const env = { ...cloud.env(), BAKE_AMI_SSH_SOURCE_CIDRS: "127.0.0.0/8" };
    cloud.endpoint().faults(mistake.faults ?? []);
    const servers = await startServers(mistake);
    const port = String(servers.sshPort);
    const files = Object.entries(mistake.files ?? {}).map(([name, content]) => {
      return [name, typeof content === "string" ? content.replaceAll('"SSH_PORT"', port) : content] as const;
    });
    try {
      const made = { ...mistake, files: Object.fromEntries(files) };
      const { lines } = await makeMistake(made, join(folder(), "run"), { ...env, ...servers.env });
      const stable = (line: string) =>
        line.replaceAll(`127.0.0.1:${port}`, "127.0.0.1:SSH_PORT").replace(/\bi-[0-9a-f]{17}\b/, "i-ID");
      expect(lines.map(stable)).toEqual(mistake.reads);
    } finally {
      await servers.close();
    }
  });
});
