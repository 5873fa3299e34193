import { type Actions, type ApiCall, endDryRun, type Handler } from "../../call.js";
import { ACCOUNT, newId } from "../../records.js";
import { resolveParameter } from "../../ssm/parameters.js";
import { timestamp } from "../../times.js";
import { missing, refusal } from "../../wire/errors.js";
import type { FilterFields } from "../../wire/filters.js";
import { EC2_PAGES } from "../../wire/paging.js";
import { flag, group, integer, type Params, type ParamValue, required, text, texts } from "../../wire/query.js";
import { type Members, namedList, type ResponseValue } from "../../wire/xml.js";
import { describeRows, withoutIds } from "../describe.js";
import type { LaunchTemplate, TemplateVersion } from "../model.js";
import { tagSet, tagSpecifications, tagsFor } from "../tags.js";
import { recall, remember } from "../tokens.js";

function latest(template: LaunchTemplate): TemplateVersion | undefined {
  return template.versions.at(-1);
}

/** The template that parameters name by id or by name. */
function named(call: ApiCall, params: Params): LaunchTemplate {
  const id = text(params, "LaunchTemplateId");
  const name = text(params, "LaunchTemplateName");
  if (!id && !name) throw missing("LaunchTemplateId or LaunchTemplateName");
  const found = [...call.region.launchTemplates.values()].find((entry) => (id ? entry.id === id : entry.name === name));
  if (found === undefined) {
    throw id
      ? refusal(
          "InvalidLaunchTemplateId.NotFound",
          `The specified launch template, with template ID ${id}, does not exist.`,
        )
      : refusal(
          "InvalidLaunchTemplateName.NotFoundException",
          `The specified launch template, with template name ${name}, does not exist.`,
        );
  }
  return found;
}

/** A version by its number, `$Latest` or `$Default`. */
function versionOf(template: LaunchTemplate, wanted: string | undefined): TemplateVersion {
  const number =
    wanted === "$Latest"
      ? latest(template)?.number
      : wanted === "$Default" || !wanted
        ? template.defaultVersion
        : Number(wanted);
  const found = template.versions.find((version) => version.number === number);
  if (found === undefined) {
    throw refusal(
      "InvalidLaunchTemplateId.VersionNotFound",
      `Could not find the specified version ${wanted} for the launch template with ID ${template.id}.`,
    );
  }
  return found;
}

/** The data that a launch's template specification (id or name, version) names. */
export function templateData(call: ApiCall, specification: Params): Params {
  return versionOf(named(call, specification), text(specification, "Version")).data;
}

function templateItem(template: LaunchTemplate): Members {
  return {
    launchTemplateId: template.id,
    launchTemplateName: template.name,
    createTime: timestamp(template.bornAt),
    createdBy: `arn:aws:iam::${ACCOUNT}:root`,
    defaultVersionNumber: template.defaultVersion,
    latestVersionNumber: latest(template)?.number,
    tagSet: tagSet(template.tags),
  };
}

function dataOf(params: Params): Params {
  const data = group(params, "LaunchTemplateData");
  if (data === undefined) throw missing("LaunchTemplateData");
  return data;
}

const createLaunchTemplate: Handler = (call) => {
  const { cloud, region, params } = call;
  const earlier = region.launchTemplates.get(recall(call)?.[0] ?? "");
  if (earlier !== undefined) return { launchTemplate: templateItem(earlier) };
  const name = required(params, "LaunchTemplateName");
  if (!/^[a-zA-Z0-9().\-/_]{3,128}$/.test(name)) {
    throw refusal(
      "InvalidLaunchTemplateName.MalformedException",
      "A launch template name must be between 3 and 128 characters, and may contain letters, numbers, and the following characters: - ( ) . / _.",
    );
  }
  if ([...region.launchTemplates.values()].some((template) => template.name === name)) {
    throw refusal("InvalidLaunchTemplateName.AlreadyExistsException", "Launch template name already in use.");
  }
  const data = dataOf(params);
  const tags = tagSpecifications(params, ["launch-template"]);
  endDryRun(call);
  const now = cloud.time.now();
  const template: LaunchTemplate = {
    id: newId("lt"),
    bornAt: now,
    name,
    defaultVersion: 1,
    versions: [{ number: 1, createdAt: now, description: text(params, "VersionDescription") ?? "", data }],
    tags: tagsFor(tags, "launch-template"),
  };
  region.launchTemplates.set(template.id, template);
  remember(call, [template.id]);
  return { launchTemplate: templateItem(template) };
};

const createLaunchTemplateVersion: Handler = (call) => {
  const { cloud, params } = call;
  const template = named(call, params);
  const repeated = recall(call)?.[0];
  if (repeated !== undefined) {
    return { launchTemplateVersion: versionItem(call, template, versionOf(template, repeated)) };
  }
  const source = text(params, "SourceVersion");
  const data = { ...(source ? versionOf(template, source).data : {}), ...dataOf(params) };
  endDryRun(call);
  const version: TemplateVersion = {
    number: (latest(template)?.number ?? 0) + 1,
    createdAt: cloud.time.now(),
    description: text(params, "VersionDescription") ?? "",
    data,
  };
  template.versions = [...template.versions, version];
  remember(call, [String(version.number)]);
  return { launchTemplateVersion: versionItem(call, template, version) };
};

const modifyLaunchTemplate: Handler = (call) => {
  const template = named(call, call.params);
  const version = versionOf(template, required(call.params, "SetDefaultVersion"));
  endDryRun(call);
  template.defaultVersion = version.number;
  return { launchTemplate: templateItem(template) };
};

const TEMPLATE_FILTERS: FilterFields<LaunchTemplate> = {
  "launch-template-name": (row) => row.name,
  "create-time": (row) => timestamp(row.bornAt),
};

const describeLaunchTemplates: Handler = (call) => {
  const { region, params } = call;
  const ids = texts(params, "LaunchTemplateId");
  const names = texts(params, "LaunchTemplateName");
  const wanted = [
    ...ids.map((id) => named(call, { LaunchTemplateId: id })),
    ...names.map((name) => named(call, { LaunchTemplateName: name })),
  ];
  const rows = ids.length + names.length > 0 ? wanted : [...region.launchTemplates.values()];
  return describeRows(call, "launchTemplates", withoutIds(rows), {
    filters: TEMPLATE_FILTERS,
    tagsOf: (row) => row.tags,
    pages: { ...EC2_PAGES, least: 1 },
    item: templateItem,
  });
};

function versionItem(call: ApiCall, template: LaunchTemplate, version: TemplateVersion): Members {
  const image = text(version.data, "ImageId");
  const resolved =
    flag(call.params, "ResolveAlias") === true && image?.startsWith("resolve:ssm:")
      ? { ...version.data, ImageId: resolveParameter(call, image) }
      : version.data;
  return {
    launchTemplateId: template.id,
    launchTemplateName: template.name,
    versionNumber: version.number,
    versionDescription: version.description || undefined,
    createTime: timestamp(version.createdAt),
    createdBy: `arn:aws:iam::${ACCOUNT}:root`,
    defaultVersion: version.number === template.defaultVersion,
    launchTemplateData: templateDataItem(resolved),
  };
}

const VERSION_FILTERS: FilterFields<TemplateVersion> = {
  "image-id": (row) => text(row.data, "ImageId"),
  "instance-type": (row) => text(row.data, "InstanceType"),
  "is-default-version": () => undefined,
};

/** DescribeLaunchTemplateVersions: of one template, or the `$Latest` and `$Default` of all. */
const describeLaunchTemplateVersions: Handler = (call) => {
  const { region, params } = call;
  const wanted = texts(params, "LaunchTemplateVersion");
  const one = text(params, "LaunchTemplateId") || text(params, "LaunchTemplateName");
  const templates = one ? [named(call, params)] : [...region.launchTemplates.values()];
  if (!one && !wanted.every((version) => version === "$Latest" || version === "$Default")) {
    throw missing("LaunchTemplateId or LaunchTemplateName");
  }
  const least = integer(params, "MinVersion") ?? 0;
  const most = integer(params, "MaxVersion") ?? Number.MAX_SAFE_INTEGER;
  const rows = templates.flatMap((template) => {
    const versions =
      wanted.length > 0
        ? wanted.map((version) => versionOf(template, version))
        : template.versions.filter(({ number }) => number >= least && number <= most).toReversed();
    return [...new Set(versions)].map((version) => ({ ...version, template }));
  });
  return describeRows(call, "launchTemplateVersionSet", withoutIds(rows), {
    filters: VERSION_FILTERS,
    pages: { ...EC2_PAGES, least: 1, most: 200 },
    item: (row) => versionItem(call, row.template, row),
  });
};

const deleteLaunchTemplate: Handler = (call) => {
  const template = named(call, call.params);
  endDryRun(call);
  call.region.launchTemplates.delete(template.id);
  return { launchTemplate: templateItem(template) };
};

/** Lists whose name in the response is not that of the request with `Set` after it. */
const LIST_NAMES: Readonly<Record<string, string>> = {
  Ipv6Addresses: "ipv6AddressesSet",
  PrivateIpAddresses: "privateIpAddressesSet",
};

/**
 * The data of a launch template with the names of the response: those of the request, the first letter in lower case, lists with
 * `Set` after it.
 */
function templateDataItem(data: Params): Members {
  return Object.fromEntries(Object.entries(data).map(([name, value]) => [memberName(name, value), memberValue(value)]));
}

function memberName(name: string, value: ParamValue): string {
  const lower = name.charAt(0).toLowerCase() + name.slice(1);
  return Array.isArray(value) ? (LIST_NAMES[name] ?? `${lower}Set`) : lower;
}

function memberValue(value: ParamValue): ResponseValue {
  if (typeof value === "string") return value;
  return isList(value) ? value.map(memberValue) : interfaceGroups(value);
}

/** In a network interface, the list of groups has another name, and so have its entries. */
function interfaceGroups(value: Params): Members {
  const { SecurityGroupId: groups, ...rest } = value;
  const data = templateDataItem(rest);
  if (groups === undefined || typeof groups === "string" || !isList(groups)) return data;
  return { ...data, groupSet: namedList("groupId", groups.map(memberValue)) };
}

function isList(value: ParamValue): value is readonly ParamValue[] {
  return Array.isArray(value);
}

/** Handlers of the calls about launch templates. */
export const launchTemplateActions: Actions = {
  CreateLaunchTemplate: createLaunchTemplate,
  CreateLaunchTemplateVersion: createLaunchTemplateVersion,
  ModifyLaunchTemplate: modifyLaunchTemplate,
  DescribeLaunchTemplates: describeLaunchTemplates,
  DescribeLaunchTemplateVersions: describeLaunchTemplateVersions,
  DeleteLaunchTemplate: deleteLaunchTemplate,
};
