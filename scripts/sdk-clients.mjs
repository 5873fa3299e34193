/**
 * Writes the large clients of the AWS SDK with only the commands that are imported: the EC2 client has 700 commands and their schemas, of
 * which bake-ami calls a tenth. Bundle and tests load the same code, eight times less of it.
 */
import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build, stop } from "esbuild";

/** The clients that are written. */
export const CLIENTS = ["@aws-sdk/client-ec2", "@aws-sdk/client-ssm"];

/** Packages that all clients use. They stay imports, so that the bundle has them once. */
const SHARED = [
  "@aws-crypto/*",
  "@aws-sdk/core",
  "@aws-sdk/credential-provider-node",
  "@aws-sdk/middleware-*",
  "@smithy/*",
];

/**
 * Writes CommonJS modules of the clients with the names that the sources in `folders` import into `target`. Returns their paths by the
 * name of the package.
 */
export async function writeClients(folders, target) {
  const texts = folders.flatMap((folder) =>
    readdirSync(folder, { recursive: true })
      .filter((name) => /\.(ts|js)$/.test(name))
      .map((name) => readFileSync(join(folder, name), "utf8")),
  );
  mkdirSync(target, { recursive: true });
  const written = CLIENTS.map(async (name) => {
    const path = join(target, `${name.replace("@aws-sdk/", "")}.cjs`);
    const text = await clientWith(name, importedNames(name, texts));
    // Another run can load the file while this one writes it.
    const temporary = `${path}.${process.pid}`;
    writeFileSync(temporary, text);
    renameSync(temporary, path);
    return [name, path];
  });
  const clients = new Map(await Promise.all(written));
  // esbuild's process would otherwise stay until this one ends.
  await stop();
  return clients;
}

/** Returns the names that are imported from a package, without types. Throws for an import whose names cannot be read. */
function importedNames(name, texts) {
  const types = new RegExp(`import type [^;]* from "${name}"`, "g");
  const lists = new RegExp(
    `import \\{([^{}]*)\\} from "${name}"|const \\{([^{}]*)\\} = await import\\("${name}"\\)`,
    "g",
  );
  const names = new Set();
  for (const text of texts) {
    const rest = text.replace(types, "").replace(lists, (_all, imported, loaded) => {
      for (const each of (imported ?? loaded).split(",")) names.add(each.trim());
      return "";
    });
    if (new RegExp(`from "${name}"|import\\("${name}"\\)`).test(rest))
      throw new Error(`scripts/sdk-clients.mjs cannot read which names are imported from ${name}`);
  }
  return [...names].filter((each) => each !== "" && !each.startsWith("type ")).sort();
}

/** Returns the text of a client with these exports. */
async function clientWith(name, names) {
  const { outputFiles } = await build({
    stdin: {
      contents: `export { ${names.join(", ")} } from "${name}";`,
      resolveDir: fileURLToPath(new URL(".", import.meta.url)),
    },
    bundle: true,
    external: SHARED,
    format: "cjs",
    legalComments: "none",
    mainFields: ["module", "main"],
    platform: "node",
    plugins: [plainKeys],
    target: "node20",
    write: false,
  });
  return outputFiles[0].text;
}

/** A key in brackets could have an effect, so that esbuild keeps all schemas. The SDK's are constants: this writes their text. */
const plainKeys = {
  name: "plain-keys",
  setup(bundling) {
    bundling.onLoad({ filter: /[\\/]schemas_0\.js$/ }, ({ path }) => {
      const text = readFileSync(path, "utf8");
      const constants = new Map(
        Array.from(text.matchAll(/^const (\w+) = ("[^"\n]*");$/gm), ([, key, value]) => [key, value]),
      );
      const contents = text.replace(/\[(\w+)\]:/g, (all, key) => (constants.has(key) ? `${constants.get(key)}:` : all));
      return { contents, loader: "js" };
    });
  },
};
