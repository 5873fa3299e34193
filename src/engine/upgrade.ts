import { catalog } from "../catalog.js";
import type { SourceText } from "../core/source.js";
import { type UpgradedTemplate, upgradeTemplate } from "../template/hcl/upgrade/upgrade.js";

/** Writes a JSON template as HCL2: the catalog's schemas say which options are blocks there. */
export function upgrade(source: SourceText): UpgradedTemplate {
  const kinds = {
    builder: catalog.builders,
    provisioner: catalog.provisioners,
    "post-processor": catalog.postProcessors,
  };
  return upgradeTemplate(source, (part, type) => kinds[part].get(type)?.schema.fields);
}
