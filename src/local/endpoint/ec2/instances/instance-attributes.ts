import { type Actions, type ApiCall, DONE, endDryRun, type Handler } from "../../call.js";
import { invalid, refusal } from "../../wire/errors.js";
import { flag, groups, required, text, texts } from "../../wire/query.js";
import type { Members } from "../../wire/xml.js";
import { describeRows } from "../describe.js";
import { find } from "../ids.js";
import type { Instance } from "../model.js";
import { groupSet } from "../networks/network-interfaces.js";
import { instanceState } from "../states.js";
import { instanceType } from "./instance-types.js";
import { shutdownBehavior, userDataOf } from "./launch-spec.js";

/** How one attribute is written and read. */
interface Attribute {
  /** It can change only while the instance is stopped. */
  readonly whenStopped: boolean;
  readonly set: (instance: Instance, value: string) => void;
  readonly get: (instance: Instance) => string | boolean | undefined;
}

/** Attributes with one value, by the name that DescribeInstanceAttribute knows them by. */
const ATTRIBUTES: Readonly<Record<string, Attribute>> = {
  instanceType: {
    whenStopped: true,
    set: (instance, value) => {
      instance.type = instanceType(value).name;
    },
    get: (instance) => instance.type,
  },
  userData: {
    whenStopped: true,
    set: (instance, value) => {
      instance.userData = userDataOf({ UserData: value });
    },
    get: (instance) => instance.userData && Buffer.from(instance.userData).toString("base64"),
  },
  enaSupport: {
    whenStopped: true,
    set: (instance, value) => {
      instance.enaSupport = value === "true";
    },
    get: (instance) => instance.enaSupport,
  },
  sriovNetSupport: {
    whenStopped: true,
    set: (instance, value) => {
      instance.sriovNetSupport = value;
    },
    get: (instance) => instance.sriovNetSupport,
  },
  ebsOptimized: {
    whenStopped: true,
    set: (instance, value) => {
      instance.ebsOptimized = value === "true";
    },
    get: (instance) => instance.ebsOptimized,
  },
  disableApiTermination: {
    whenStopped: false,
    set: (instance, value) => {
      instance.disableApiTermination = value === "true";
    },
    get: (instance) => instance.disableApiTermination,
  },
  disableApiStop: {
    whenStopped: false,
    set: (instance, value) => {
      instance.disableApiStop = value === "true";
    },
    get: (instance) => instance.disableApiStop,
  },
  instanceInitiatedShutdownBehavior: {
    whenStopped: false,
    set: (instance, value) => {
      instance.shutdownBehavior = shutdownBehavior(value);
    },
    get: (instance) => instance.shutdownBehavior,
  },
  sourceDestCheck: {
    whenStopped: false,
    set: (instance, value) => {
      instance.sourceDestCheck = value === "true";
    },
    get: (instance) => instance.sourceDestCheck,
  },
  rootDeviceName: { whenStopped: false, set: refuseChange, get: (instance) => instance.rootDeviceName },
  kernel: { whenStopped: true, set: refuseChange, get: () => undefined },
  ramdisk: { whenStopped: true, set: refuseChange, get: () => undefined },
};

function refuseChange(_instance: Instance, value: string): void {
  throw invalid("attribute", value, "The attribute cannot be changed.");
}

/** The attributes that a call sets, in either of its forms: `EnaSupport.Value`, or `Attribute` and `Value`. */
function requested(call: ApiCall): readonly { readonly name: string; readonly value: string }[] {
  const { params } = call;
  const found = Object.keys(ATTRIBUTES).flatMap((name) => {
    const member = name.charAt(0).toUpperCase() + name.slice(1);
    const value = text(params, `${member}.Value`);
    return value === undefined ? [] : [{ name, value }];
  });
  const named = text(params, "Attribute");
  return named === undefined ? found : [...found, { name: named, value: required(params, "Value") }];
}

const modifyInstanceAttribute: Handler = (call) => {
  const { cloud, region, params } = call;
  const instance = find(call, "instance", region.instances, required(params, "InstanceId"));
  const changes = requested(call);
  const groupIds = texts(params, "GroupId").map((id) => find(call, "security-group", region.securityGroups, id).id);
  const devices = groups(params, "BlockDeviceMapping");
  if (changes.length + groupIds.length + devices.length === 0) {
    throw refusal("InvalidParameterCombination", "No attributes specified.");
  }
  for (const { name } of changes) {
    if (attribute(name).whenStopped && instanceState(cloud, instance) !== "stopped") {
      throw refusal("IncorrectInstanceState", `The instance '${instance.id}' is not in the 'stopped' state.`);
    }
  }
  endDryRun(call);
  for (const { name, value } of changes) attribute(name).set(instance, value);
  instance.groupIds = groupIds.length > 0 ? groupIds : instance.groupIds;
  for (const device of devices) {
    for (const { attachment } of region.volumes.values()) {
      if (attachment?.instanceId === instance.id && attachment.device === text(device, "DeviceName")) {
        attachment.deleteOnTermination = flag(device, "Ebs.DeleteOnTermination") ?? attachment.deleteOnTermination;
      }
    }
  }
  return DONE;
};

function attribute(name: string): Attribute {
  const found = Object.hasOwn(ATTRIBUTES, name) ? ATTRIBUTES[name] : undefined;
  if (found === undefined) throw invalid("attribute", name, "Unknown attribute.");
  return found;
}

const describeInstanceAttribute: Handler = (call) => {
  const { region, params } = call;
  const instance = find(call, "instance", region.instances, required(params, "InstanceId"));
  const name = required(params, "Attribute");
  if (name === "groupSet") return { instanceId: instance.id, groupSet: groupSet(call, instance) };
  if (name === "productCodes") return { instanceId: instance.id, productCodes: [] };
  const value = attribute(name).get(instance);
  const shown: Members = value === undefined ? {} : { value };
  return { instanceId: instance.id, [name]: shown };
};

/** DescribeIamInstanceProfileAssociations. */
const describeProfileAssociations: Handler = (call) => {
  const { cloud, region, params } = call;
  const ids = texts(params, "AssociationId");
  const rows = [...region.instances.values()].flatMap((instance) => {
    const { id, profile } = instance;
    const isListed = profile !== undefined && (ids.length === 0 || ids.includes(profile.associationId));
    return isListed && instanceState(cloud, instance) !== "terminated" ? [{ id, profile }] : [];
  });
  const selection = { rows, ids };
  return describeRows(call, "iamInstanceProfileAssociationSet", selection, {
    filters: { "instance-id": (row) => row.id, state: () => "associated" },
    item: ({ id, profile }) => ({
      associationId: profile.associationId,
      instanceId: id,
      iamInstanceProfile: { arn: profile.arn, id: profile.id },
      state: "associated",
    }),
  });
};

/** Handlers of the calls about the attributes of instances. */
export const instanceAttributeActions: Actions = {
  ModifyInstanceAttribute: modifyInstanceAttribute,
  DescribeInstanceAttribute: describeInstanceAttribute,
  DescribeIamInstanceProfileAssociations: describeProfileAssociations,
};
