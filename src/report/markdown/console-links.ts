/** Domains of the AWS consoles by the beginning of a region's name; a partition that is not here gets no links. */
const CONSOLES: readonly (readonly [RegExp, (region: string) => string])[] = [
  [/^cn-/, (region) => `https://${region}.console.amazonaws.cn`],
  [/^us-gov-/, (region) => `https://${region}.console.amazonaws-us-gov.com`],
  [/^(us|af|ap|ca|eu|il|me|mx|sa)-[a-z]+-\d+$/, (region) => `https://${region}.console.aws.amazon.com`],
];

function consoleOf(region: string): string | undefined {
  return CONSOLES.find(([pattern]) => pattern.test(region))?.[1](encodeURIComponent(region));
}

/** The console's page of an AMI, in the region's own partition. */
export function imageUrl(region: string, imageId: string): string | undefined {
  const home = consoleOf(region);
  return (
    home && `${home}/ec2/home?region=${encodeURIComponent(region)}#ImageDetails:imageId=${encodeURIComponent(imageId)}`
  );
}

/** The console's page of a parameter. */
export function parameterUrl(region: string, name: string): string | undefined {
  const home = consoleOf(region);
  if (!home) return undefined;
  return `${home}/systems-manager/parameters/${encodeURIComponent(name)}/description?region=${encodeURIComponent(region)}`;
}

/** The console's page of another resource, by kind; undefined for kinds without a page of their own. */
export function resourceUrl(kind: string, region: string, id: string): string | undefined {
  if (kind === "image") return imageUrl(region, id);
  const home = consoleOf(region);
  const page = PAGES[kind];
  return home && page && `${home}/ec2/home?region=${encodeURIComponent(region)}#${page}${encodeURIComponent(id)}`;
}

const PAGES: Readonly<Record<string, string>> = {
  instance: "InstanceDetails:instanceId=",
  "security-group": "SecurityGroup:groupId=",
  volume: "VolumeDetails:volumeId=",
  snapshot: "SnapshotDetails:snapshotId=",
  "key-pair": "KeyPairs:search=",
  "launch-template": "LaunchTemplateDetails:launchTemplateId=",
};
