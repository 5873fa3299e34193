import type { Actions, ApiCall, Handler } from "../call.js";
import { refusal } from "../wire/errors.js";
import { required } from "../wire/query.js";

/** The setting that names the role of default host management (Systems Manager, "Default Host Management Configuration"). */
const MANAGEMENT_ROLE = "/ssm/managed-instance/default-ec2-instance-management-role";

/** The value of a setting that names no role. */
const NONE = "$None";

const getServiceSetting: Handler = (call: ApiCall) => {
  const { params, region, cloud } = call;
  const given = required(params, "SettingId");
  if (!given.endsWith(MANAGEMENT_ROLE)) {
    throw refusal("ServiceSettingNotFound", `Setting ${given} was not found in the service.`);
  }
  const role = region.network.managementRole;
  return {
    ServiceSetting: {
      SettingId: MANAGEMENT_ROLE,
      SettingValue: role ?? NONE,
      LastModifiedDate: cloud.time.now() / 1000,
      LastModifiedUser: "System",
      ARN: `arn:aws:ssm:${region.name}:${cloud.account}:servicesetting${MANAGEMENT_ROLE}`,
      Status: role === undefined ? "Default" : "Customized",
    },
  };
};

/** Settings of Systems Manager for the account. */
export const serviceSettingActions: Actions = { GetServiceSetting: getServiceSetting };
