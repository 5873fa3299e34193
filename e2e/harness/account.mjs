/** Lists what a cloud's account holds, through the AWS SDK, and what is wrong with it. */
import { DescribeImagesCommand, EC2Client } from "@aws-sdk/client-ec2";
import { GetParametersByPathCommand, SSMClient } from "@aws-sdk/client-ssm";

/** Returns the images and parameters of a row, and all other resources that the account has since its baseline. */
export async function describeAccount(cloud, regions, row) {
  const held = await cloud.held();
  const images = [];
  const parameters = [];
  for (const region of regions) {
    images.push(...(await imagesIn(cloud, region, row)));
    parameters.push(...(await parametersIn(cloud, region, row)));
  }
  const others = Object.entries(held)
    .filter(([kind]) => kind !== "parameters")
    .flatMap(([kind, items]) => items.map((item) => `${kind} ${item}`))
    .filter((text) => !images.some(({ id }) => text.includes(id)));
  return { images, parameters, others };
}

function client(Client, cloud, region) {
  const credentials = { accessKeyId: "observer", secretAccessKey: "observer" };
  return new Client({ region, endpoint: cloud.url, credentials });
}

/** Returns an EC2 client for a region with the observer's credentials. */
export const ec2In = (cloud, region) => client(EC2Client, cloud, region);

async function imagesIn(cloud, region, row) {
  const ec2 = ec2In(cloud, region);
  const { Images = [] } = await ec2.send(
    new DescribeImagesCommand({ Owners: ["self"], Filters: [{ Name: "tag:row", Values: [row] }] }),
  );
  ec2.destroy();
  return Images.map(({ ImageId: id, Name: name, State: state, CreationDate: createdAt, Tags = [] }) => {
    const tagOf = (key) => Tags.find(({ Key }) => Key === key)?.Value;
    return {
      region,
      id,
      name,
      state,
      createdAt,
      mark: tagOf("bake-ami:unfinished"),
      lease: tagOf("bake-ami:lease"),
    };
  });
}

async function parametersIn(cloud, region, row) {
  const ssm = client(SSMClient, cloud, region);
  const { Parameters = [] } = await ssm.send(new GetParametersByPathCommand({ Path: `/${row}`, Recursive: true }));
  ssm.destroy();
  // Parameters below the image's parameter hold package lists, not image ids.
  const naming = Parameters.filter(({ Name }) => !Name.includes("/packages/"));
  return naming.map(({ Name: name, Value: value }) => ({ region, name, value }));
}

/** Returns a problem for each resource that must not exist after a fault and its cleanup. A pending copy is kept for the rerun. */
export function leftovers({ images, parameters, others }) {
  const wrong = [...others];
  for (const image of images) {
    const isPendingCopy = image.state === "pending" && image.mark === "finish";
    if (image.state !== "available" && !isPendingCopy)
      wrong.push(`image ${image.region} ${image.id} is ${image.state}`);
  }
  for (const { region, name, value } of parameters) {
    const named = images.find((image) => image.region === region && image.id === value);
    if (named?.state !== "available")
      wrong.push(`parameter ${name} in ${region} names ${value} (${named?.state ?? "does not exist"})`);
  }
  return wrong;
}

/** Returns what is missing of a successful bake: a finished image in each region, and the parameter that names it. */
export function shortcomings({ images, parameters }, regions) {
  const wrong = images
    .filter(({ mark }) => mark !== undefined)
    .map(({ region, id, mark }) => `image ${region} ${id} is unfinished: ${mark}`);
  for (const region of regions) {
    const finished = images.filter((image) => image.region === region && image.mark === undefined);
    const newest = parameters.find((parameter) => parameter.region === region)?.value;
    if (finished.length === 0) wrong.push(`no finished image in ${region}`);
    else if (!finished.some(({ id }) => id === newest))
      wrong.push(`the parameter in ${region} names ${newest ?? "nothing"}`);
  }
  return wrong;
}
