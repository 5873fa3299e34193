import type { Actions, Handler } from "../call.js";
import { refusal } from "../wire/errors.js";
import { required } from "../wire/query.js";

/** The value of a quota on vCPUs that no seed sets. */
const USUAL = 1280;

/** GetServiceQuota (Service Quotas API reference), for the quotas of EC2 on vCPUs. */
const getServiceQuota: Handler = ({ params, region, cloud }) => {
  const service = required(params, "ServiceCode");
  const code = required(params, "QuotaCode");
  if (service !== "ec2" || !/^L-[0-9A-F]{8}$/.test(code)) {
    throw refusal(
      "NoSuchResourceException",
      "The request failed because the specified service or quota does not exist.",
    );
  }
  return {
    Quota: {
      ServiceCode: service,
      QuotaCode: code,
      QuotaArn: `arn:aws:servicequotas:${region.name}:${cloud.account}:ec2/${code}`,
      Value: region.rules.quotas[code] ?? USUAL,
      Unit: "None",
      Adjustable: true,
      GlobalQuota: false,
    },
  };
};

/** Handlers of the calls of Service Quotas. */
export const quotaActions: Actions = { GetServiceQuota: getServiceQuota };
