import { amazonEbsFacts } from "./builders/amazon-ebs/options/facts.js";
import { amazonEbsSchema, GENERATED_DATA } from "./builders/amazon-ebs/options/schema.js";
import { DOCKER_GENERATED_DATA, dockerBuilderOptions, dockerFacts } from "./builders/docker/options.js";
import { fileBuilderFacts, fileBuilderOptions } from "./builders/file/options.js";
import { nullBuilderFacts, nullBuilderOptions } from "./builders/null/options.js";
import {
  amazonAmiOptions,
  amazonParameterStoreOptions,
  amazonSecretsManagerOptions,
  httpOptions,
  nullOptions,
} from "./data-sources/options.js";
import { builder, type Catalog, dataSource, postProcessor, provisioner } from "./plan/kinds.js";
import { refusedKinds } from "./plan/refused.js";
import { amazonAmiManagementOptions } from "./post-processors/amazon-ami-management/options.js";
import { artificeOptions } from "./post-processors/artifice/options.js";
import { checksumOptions } from "./post-processors/checksum/options.js";
import { compressOptions } from "./post-processors/compress/options.js";
import { dockerImportOptions } from "./post-processors/docker-import/options.js";
import { dockerPushOptions } from "./post-processors/docker-push/options.js";
import { dockerSaveOptions } from "./post-processors/docker-save/options.js";
import { dockerTagOptions } from "./post-processors/docker-tag/options.js";
import { manifestOptions } from "./post-processors/manifest/options.js";
import { shellLocalPostOptions } from "./post-processors/shell-local/options.js";
import { ansibleFacts, ansibleOptions } from "./provisioners/ansible/options.js";
import { ansibleLocalFacts, ansibleLocalOptions } from "./provisioners/ansible-local/options.js";
import { breakpointFacts, breakpointOptions } from "./provisioners/breakpoint/options.js";
import { chefSoloFacts, chefSoloOptions } from "./provisioners/chef-solo/options.js";
import { fileFacts, fileOptions } from "./provisioners/file/options.js";
import { inspecFacts, inspecOptions } from "./provisioners/inspec/options.js";
import { powershellFacts, powershellOptions } from "./provisioners/powershell/options.js";
import { puppetMasterlessFacts, puppetMasterlessOptions } from "./provisioners/puppet-masterless/options.js";
import { saltMasterlessFacts, saltMasterlessOptions } from "./provisioners/salt-masterless/options.js";
import { shellFacts, shellOptions } from "./provisioners/shell/options.js";
import { shellLocalFacts, shellLocalOptions } from "./provisioners/shell-local/options.js";
import { sleepFacts, sleepOptions } from "./provisioners/sleep/options.js";
import { windowsRestartFacts, windowsRestartOptions } from "./provisioners/windows-restart/options.js";
import { windowsShellFacts, windowsShellOptions } from "./provisioners/windows-shell/options.js";
import { windowsUpdateFacts, windowsUpdateOptions } from "./provisioners/windows-update/options.js";

const builders = [
  builder({
    type: "amazon-ebs",
    schema: amazonEbsSchema,
    generatedData: GENERATED_DATA,
    makesImages: true,
    facts: amazonEbsFacts,
    permissions: async () => (await import("./builders/amazon-ebs/permissions/bake.js")).amazonEbsPermissions,
    load: () => import("./builders/amazon-ebs/run.js"),
    loadPreview: () => import("./builders/amazon-ebs/preview/preview.js"),
    loadPreflight: () => import("./builders/amazon-ebs/preflight.js"),
  }),
  builder({
    type: "docker",
    schema: dockerBuilderOptions,
    generatedData: DOCKER_GENERATED_DATA,
    makesImages: false,
    facts: dockerFacts,
    permissions: async () => (await import("./builders/docker/permissions.js")).dockerPermissions,
    load: () => import("./builders/docker/run.js"),
    loadPreview: undefined,
  }),
  builder({
    type: "file",
    schema: fileBuilderOptions,
    generatedData: [],
    makesImages: false,
    facts: fileBuilderFacts,
    load: () => import("./builders/file/run.js"),
    loadPreview: undefined,
  }),
  builder({
    type: "null",
    schema: nullBuilderOptions,
    generatedData: [],
    makesImages: false,
    facts: nullBuilderFacts,
    load: () => import("./builders/null/run.js"),
    loadPreview: undefined,
  }),
];

const provisioners = [
  provisioner({
    type: "ansible",
    schema: ansibleOptions,
    facts: ansibleFacts,
    load: () => import("./provisioners/ansible/run.js"),
  }),
  provisioner({
    type: "ansible-local",
    schema: ansibleLocalOptions,
    facts: ansibleLocalFacts,
    load: () => import("./provisioners/ansible-local/run.js"),
  }),
  provisioner({
    type: "breakpoint",
    schema: breakpointOptions,
    facts: breakpointFacts,
    load: () => import("./provisioners/breakpoint/run.js"),
  }),
  provisioner({
    type: "chef-solo",
    schema: chefSoloOptions,
    facts: chefSoloFacts,
    load: () => import("./provisioners/chef-solo/run.js"),
  }),
  provisioner({
    type: "file",
    schema: fileOptions,
    facts: fileFacts,
    load: () => import("./provisioners/file/run.js"),
  }),
  provisioner({
    type: "inspec",
    schema: inspecOptions,
    facts: inspecFacts,
    load: () => import("./provisioners/inspec/run.js"),
  }),
  provisioner({
    type: "powershell",
    schema: powershellOptions,
    facts: powershellFacts,
    load: () => import("./provisioners/powershell/run.js"),
  }),
  provisioner({
    type: "puppet-masterless",
    schema: puppetMasterlessOptions,
    facts: puppetMasterlessFacts,
    load: () => import("./provisioners/puppet-masterless/run.js"),
  }),
  provisioner({
    type: "salt-masterless",
    schema: saltMasterlessOptions,
    facts: saltMasterlessFacts,
    load: () => import("./provisioners/salt-masterless/run.js"),
  }),
  provisioner({
    type: "shell",
    schema: shellOptions,
    facts: shellFacts,
    load: () => import("./provisioners/shell/run.js"),
  }),
  provisioner({
    type: "shell-local",
    schema: shellLocalOptions,
    facts: shellLocalFacts,
    load: () => import("./provisioners/shell-local/run.js"),
  }),
  provisioner({
    type: "sleep",
    schema: sleepOptions,
    facts: sleepFacts,
    load: () => import("./provisioners/sleep/run.js"),
  }),
  provisioner({
    type: "windows-restart",
    schema: windowsRestartOptions,
    facts: windowsRestartFacts,
    load: () => import("./provisioners/windows-restart/run.js"),
  }),
  provisioner({
    type: "windows-shell",
    schema: windowsShellOptions,
    facts: windowsShellFacts,
    load: () => import("./provisioners/windows-shell/run.js"),
  }),
  provisioner({
    type: "windows-update",
    schema: windowsUpdateOptions,
    facts: windowsUpdateFacts,
    load: () => import("./provisioners/windows-update/run.js"),
  }),
];

const postProcessors = [
  postProcessor({
    type: "amazon-ami-management",
    schema: amazonAmiManagementOptions,
    permissions: async () =>
      (await import("./post-processors/amazon-ami-management/permissions.js")).amiManagementPermissions,
    load: () => import("./post-processors/amazon-ami-management/run.js"),
  }),
  postProcessor({
    type: "artifice",
    schema: artificeOptions,
    load: () => import("./post-processors/artifice/run.js"),
  }),
  postProcessor({
    type: "checksum",
    schema: checksumOptions,
    load: () => import("./post-processors/checksum/run.js"),
  }),
  postProcessor({
    type: "compress",
    schema: compressOptions,
    load: () => import("./post-processors/compress/run.js"),
  }),
  postProcessor({
    type: "docker-import",
    schema: dockerImportOptions,
    load: () => import("./post-processors/docker-import/run.js"),
  }),
  postProcessor({
    type: "docker-push",
    schema: dockerPushOptions,
    permissions: async () => (await import("./post-processors/docker-push/permissions.js")).dockerPushPermissions,
    load: () => import("./post-processors/docker-push/run.js"),
  }),
  postProcessor({
    type: "docker-save",
    schema: dockerSaveOptions,
    load: () => import("./post-processors/docker-save/run.js"),
  }),
  postProcessor({
    type: "docker-tag",
    schema: dockerTagOptions,
    load: () => import("./post-processors/docker-tag/run.js"),
  }),
  postProcessor({
    type: "manifest",
    schema: manifestOptions,
    load: () => import("./post-processors/manifest/run.js"),
  }),
  postProcessor({
    type: "shell-local",
    schema: shellLocalPostOptions,
    load: () => import("./post-processors/shell-local/run.js"),
  }),
];

const dataSources = [
  dataSource({ type: "amazon-ami", schema: amazonAmiOptions }),
  dataSource({ type: "amazon-parameterstore", schema: amazonParameterStoreOptions }),
  dataSource({ type: "amazon-secretsmanager", schema: amazonSecretsManagerOptions }),
  dataSource({ type: "http", schema: httpOptions }),
  dataSource({ type: "null", schema: nullOptions }),
];

/** All builders, provisioners, post-processors and data sources by type. Options are imported statically, `run` with `import()`. */
export const catalog: Catalog = {
  builders: byType(builders),
  provisioners: byType(provisioners),
  postProcessors: byType(postProcessors),
  dataSources: byType(dataSources),
  refused: refusedKinds,
};

function byType<K extends { readonly type: string }>(kinds: readonly K[]): ReadonlyMap<string, K> {
  return new Map(kinds.map((kind) => [kind.type, kind]));
}
