import { type Actions, type ApiCall, DONE, endDryRun, type Handler } from "../../call.js";
import { timestamp } from "../../times.js";
import { refusal } from "../../wire/errors.js";
import { flag, required, texts } from "../../wire/query.js";
import type { Members } from "../../wire/xml.js";
import { find } from "../ids.js";
import type { Instance, InstanceState } from "../model.js";
import { instanceState, isLiving, stateItem } from "../states.js";
import { hasLatestConsole } from "./instance-types.js";
import { BY_USER, reboot, start, stop, terminate } from "./power.js";

/** The instances a call names. Throws NotFound for the first that does not exist. */
function namedInstances(call: ApiCall, ids: readonly string[]): readonly Instance[] {
  if (ids.length === 0) throw refusal("MissingParameter", "The request must contain the parameter InstanceId");
  return ids.map((id) => find(call, "instance", call.region.instances, id));
}

/** Applies a change to the instances a call names, and returns the states before and after. */
function change(
  call: ApiCall,
  instances: readonly Instance[],
  apply: (instance: Instance, state: InstanceState) => void,
): Members {
  endDryRun(call);
  return {
    instancesSet: instances.map((instance) => {
      const before = instanceState(call.cloud, instance);
      apply(instance, before);
      return {
        instanceId: instance.id,
        previousState: stateItem(before),
        currentState: stateItem(instanceState(call.cloud, instance)),
      };
    }),
  };
}

const stopInstances: Handler = (call) => {
  const { cloud, region } = call;
  const instances = texts(call.params, "InstanceId").map((id) => find(call, "instance", region.instances, id));
  namedInstances(call, texts(call.params, "InstanceId"));
  for (const instance of instances) {
    if (instance.spotRequestId !== undefined) {
      throw refusal(
        "UnsupportedOperation",
        `You can't stop the Spot Instance '${instance.id}' because it is associated with a one-time Spot Instance request. ` +
          "You can only stop Spot Instances associated with persistent Spot Instance requests.",
      );
    }
    if (["pending", "shutting-down", "terminated"].includes(instanceState(cloud, instance))) {
      throw refusal(
        "IncorrectInstanceState",
        `The instance '${instance.id}' is not in a state from which it can be stopped.`,
      );
    }
    if (instance.disableApiStop) {
      throw refusal(
        "OperationNotPermitted",
        `The instance '${instance.id}' may not be stopped. Modify its 'disableApiStop' instance attribute and try again.`,
      );
    }
  }
  return change(call, instances, (instance, state) => {
    if (state === "running") stop(call, instance, BY_USER);
  });
};

const startInstances: Handler = (call) => {
  const { cloud } = call;
  const instances = namedInstances(call, texts(call.params, "InstanceId"));
  for (const instance of instances) {
    if (!["stopped", "running", "pending"].includes(instanceState(cloud, instance))) {
      throw refusal(
        "IncorrectInstanceState",
        `The instance '${instance.id}' is not in a state from which it can be started.`,
      );
    }
  }
  return change(call, instances, (instance, state) => {
    if (state === "stopped") start(call, instance);
  });
};

const rebootInstances: Handler = (call) => {
  const instances = namedInstances(call, texts(call.params, "InstanceId"));
  for (const instance of instances) {
    if (instanceState(call.cloud, instance) !== "running") {
      throw refusal("IncorrectState", `The instance '${instance.id}' is not in a state from which it can be rebooted.`);
    }
  }
  endDryRun(call);
  for (const instance of instances) reboot(call.cloud, instance);
  return DONE;
};

const terminateInstances: Handler = (call) => {
  const instances = namedInstances(call, texts(call.params, "InstanceId"));
  for (const instance of instances) {
    if (instance.disableApiTermination && isLiving(instance)) {
      throw refusal(
        "OperationNotPermitted",
        `The instance '${instance.id}' may not be terminated. Modify its 'disableApiTermination' instance attribute and try again.`,
      );
    }
  }
  return change(call, instances, (instance) => {
    if (isLiving(instance)) terminate(call, instance, BY_USER);
  });
};

/** GetConsoleOutput: what the sandbox printed, its last 64 KiB; nothing where no sandbox is. */
const getConsoleOutput: Handler = async (call) => {
  const instance = find(call, "instance", call.region.instances, required(call.params, "InstanceId"));
  const isUp = instance.address !== undefined && instanceState(call.cloud, instance) !== "terminated";
  const output = isUp ? ((await call.cloud.sandboxes?.console(instance.id)) ?? "") : "";
  if (flag(call.params, "Latest") === true && !hasLatestConsole(instance.type)) {
    throw refusal(
      "UnsupportedOperation",
      "This instance type does not support retrieving the latest console logs. Supported instance types are built on the Nitro System.",
    );
  }
  if (flag(call.params, "Latest") === true && instanceState(call.cloud, instance) === "terminated") {
    throw refusal("IncorrectInstanceState", `The instance '${instance.id}' is terminated.`);
  }
  return {
    instanceId: instance.id,
    timestamp: timestamp(call.cloud.time.now()),
    output: Buffer.from(output).subarray(-65_536).toString("base64"),
  };
};

/** Handlers of the calls that start, stop, reboot and terminate instances, and of GetConsoleOutput. */
export const instancePowerActions: Actions = {
  StopInstances: stopInstances,
  StartInstances: startInstances,
  RebootInstances: rebootInstances,
  TerminateInstances: terminateInstances,
  GetConsoleOutput: getConsoleOutput,
};
