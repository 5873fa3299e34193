import type { StringNode } from "../../options/node.js";
import { PACKER_VERSION } from "../packer-version.js";
import type { Complaints } from "./complain.js";

/** Refuses a template that asks for a newer Packer than the one we follow (§1.4). */
export function checkMinimumVersion(node: StringNode | undefined, told: Complaints): void {
  if (!node || node.value === "") return;
  const wanted = numbers(node.value);
  if (!wanted) {
    told.error("minimum-version", `"min_packer_version" is not a version: "${node.value}"`, node.range, {
      hint: `Write it as "${PACKER_VERSION}".`,
    });
  } else if (isAbove(wanted, numbers(PACKER_VERSION) ?? [])) {
    told.error(
      "minimum-version",
      `this template requires Packer ${node.value} or higher; bake-ami follows Packer ${PACKER_VERSION}`,
      node.range,
      { hint: "Lower min_packer_version if the template uses nothing newer." },
    );
  }
}

/** The numbers of a version; what follows `-` or `+` does not count. */
function numbers(version: string): readonly number[] | undefined {
  const match = /^\s*v?(\d+(?:\.\d+)*)(?:[-+~].*)?\s*$/.exec(version);
  return match?.[1]?.split(".").map(Number);
}

function isAbove(a: readonly number[], b: readonly number[]): boolean {
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    const away = (a[i] ?? 0) - (b[i] ?? 0);
    if (away !== 0) return away > 0;
  }
  return false;
}
