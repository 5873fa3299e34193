import { type Actions, type ApiCall, endDryRun, type Handler } from "../../call.js";
import { authorizeLaunch } from "../../iam/authorization/authorize.js";
import { newId, type TagMap } from "../../records.js";
import { missing, refusal, ServiceError } from "../../wire/errors.js";
import { group, groups, integer, type Params, type ParamValue, required, text } from "../../wire/query.js";
import type { Members, ResponseValue } from "../../wire/xml.js";
import { tagSpecifications, tagsFor } from "../tags.js";
import { recall, remember } from "../tokens.js";
import { launch } from "./launch.js";
import { launchSpec } from "./launch-spec.js";
import { templateData } from "./launch-templates.js";

interface Offer {
  readonly specification: Params;
  readonly overrides: Params | undefined;
  readonly params: Params;
}

/** Each place and type a fleet may use, in the order given. */
function offers(call: ApiCall): readonly Offer[] {
  return groups(call.params, "LaunchTemplateConfigs").flatMap((config) => {
    const specification = group(config, "LaunchTemplateSpecification");
    if (specification === undefined) throw missing("LaunchTemplateSpecification");
    const data = templateData(call, specification);
    const overrides = groups(config, "Overrides");
    return (overrides.length > 0 ? overrides : [undefined]).map((override) => ({
      specification,
      overrides: override,
      params: { ...data, ...launchOverrides(data, override) },
    }));
  });
}

/**
 * The parameters of a launch that an override replaces; its subnet replaces those of the template's network interfaces, where it
 * has some.
 */
function launchOverrides(data: Params, override: Params = {}): Params {
  const { SubnetId, AvailabilityZone } = override;
  const replaced = ["InstanceType", "ImageId", "BlockDeviceMapping"].flatMap((name): [string, ParamValue][] => {
    const value = override[name];
    return value === undefined ? [] : [[name, value]];
  });
  if (AvailabilityZone !== undefined) replaced.push(["Placement", { AvailabilityZone }]);
  if (SubnetId !== undefined) {
    const cards = groups(data, "NetworkInterface").map((card) => ({ ...card, SubnetId }));
    replaced.push(cards.length > 0 ? ["NetworkInterface", cards] : ["SubnetId", SubnetId]);
  }
  return Object.fromEntries(replaced);
}

/** The members of the response that name an offer. */
function offerItem({ specification, overrides }: Offer): Members {
  const lower = (params: Params): Members =>
    Object.fromEntries(
      Object.entries(params).flatMap(([name, value]): [string, ResponseValue][] =>
        typeof value === "string" ? [[name.charAt(0).toLowerCase() + name.slice(1), value]] : [],
      ),
    );
  return { launchTemplateSpecification: lower(specification), overrides: overrides && lower(overrides) };
}

/**
 * CreateFleet of type `instant`: the first offer that can be launched is used; the response has an error for each that cannot.
 */
const createFleet: Handler = (call) => {
  const { region, params } = call;
  const earlier = region.fleets.get(recall(call)?.[0] ?? "");
  if (earlier !== undefined) return earlier.response;
  if (text(params, "Type") !== "instant") {
    throw refusal("UnsupportedOperation", "The local cloud runs fleets of type 'instant' only.");
  }
  const capacity = integer(params, "TargetCapacitySpecification.TotalTargetCapacity");
  if (capacity === undefined) throw missing("TargetCapacitySpecification.TotalTargetCapacity");
  const spot = required(params, "TargetCapacitySpecification.DefaultTargetCapacityType") === "spot";
  const tags = tagSpecifications(params, [
    "fleet",
    "instance",
    "volume",
    "network-interface",
    "spot-instances-request",
  ]);
  const choices = offers(call);
  endDryRun(call);
  const id = newId("fleet");
  const lifecycle = spot ? "spot" : "on-demand";
  const errors: Members[] = [];
  const made: Members[] = [];
  for (const offer of choices) {
    try {
      authorizeLaunch(call, offer.params);
      const spec = launchSpec(call, offer.params);
      const launched = launch(
        call,
        { ...spec, spot, tags: joined(spec.tags, tags) },
        capacity,
        text(params, "ClientToken") ?? "",
      );
      made.push({
        launchTemplateAndOverrides: offerItem(offer),
        lifecycle,
        instanceIds: launched.map((instance) => instance.id),
        instanceType: spec.type,
      });
      break;
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error;
      errors.push({
        launchTemplateAndOverrides: offerItem(offer),
        lifecycle,
        errorCode: error.code,
        errorMessage: error.message,
      });
    }
  }
  const response = { fleetId: id, errorSet: errors, fleetInstanceSet: made };
  region.fleets.set(id, { id, bornAt: call.cloud.time.now(), tags: tagsFor(tags, "fleet"), response });
  remember(call, [id]);
  return response;
};

/** The tags of a template with those of the fleet call over them. */
function joined(own: ReadonlyMap<string, TagMap>, over: ReadonlyMap<string, TagMap>): ReadonlyMap<string, TagMap> {
  const kinds = new Set([...own.keys(), ...over.keys()]);
  return new Map([...kinds].map((kind) => [kind, new Map([...tagsFor(own, kind), ...tagsFor(over, kind)])]));
}

/** The handler of CreateFleet. */
export const fleetActions: Actions = { CreateFleet: createFleet };
