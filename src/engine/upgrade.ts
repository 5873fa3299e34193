import { catalog } from "../catalog.js";
import type { SourceText } from "../core/source.js";
import { type UpgradedTemplate, upgradeTemplate } from "../template/hcl/upgrade/upgrade.js";

/** Converts a JSON template to HCL2. The schemas of the catalog define which options are blocks. */
export function upgrade(source: SourceText): UpgradedTemplate {
  const kinds = {
    builder: catalog.builders,
    provisioner: catalog.provisioners,
    "post-processor": catalog.postProcessors,
  };
  return upgradeTemplate(source, (part, type) => kinds[part].get(type)?.schema);
}
