import type { Actions, Handler } from "../../call.js";

/** GetAllowedImagesSettings (EC2 API reference). */
const getAllowedImagesSettings: Handler = ({ region }) => {
  const { state, managedBy, owners } = region.rules.allowedImages;
  return { state, managedBy, imageCriterionSet: owners.length > 0 ? [{ imageProviderSet: owners }] : [] };
};

/** Handlers of the calls about Allowed AMIs. */
export const allowedImageActions: Actions = { GetAllowedImagesSettings: getAllowedImagesSettings };
