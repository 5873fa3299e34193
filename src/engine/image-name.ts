import { imageNameOf } from "../publish/parameter-name.js";
import type { BakeRequest } from "./request.js";

/** What the image is called in reports and as `{image}` of parameter names: as asked, or from the template's path. */
export function imageOf(request: BakeRequest): string {
  return request.image ?? imageNameOf(request.template.path);
}
