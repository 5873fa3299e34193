import { accessFields, checkAccess } from "../aws/client/options.js";
import { choice, flag, list, map, text } from "../options/fields.js";
import { type Complaints, schema } from "../options/schema.js";

/** As in Packer, a required argument must not be empty. */
function requireText(name: string, value: string, complaints: Complaints): void {
  if (value === "") complaints.error(name, `"${name}" must not be empty`);
}

/** Options of the amazon-ami data source (Packer, "Amazon AMI data source"). */
export const amazonAmiOptions = schema(
  {
    ...accessFields,
    filters: map({ doc: "EC2 filters by name. Separate several values with commas." }),
    owners: list(text({ doc: "Account ID or alias.", required: true }), { doc: "Owners of the images to search." }),
    most_recent: flag({ doc: "Use the newest image when several match.", default: false }),
    include_deprecated: flag({ doc: "Include deprecated images.", default: false }),
  },
  {
    check: (options, complaints) => {
      checkAccess(options, complaints);
      if (options.owners.length === 0) {
        if (Object.keys(options.filters).length === 0)
          complaints.error("filters", "The amazon-ami data source must have filters");
        complaints.error("owners", "For security reasons, the amazon-ami data source must declare owners");
      }
    },
  },
);

/** Options of the amazon-parameterstore data source. */
export const amazonParameterStoreOptions = schema(
  {
    ...accessFields,
    name: text({ doc: "Name of the parameter.", required: true }),
    with_decryption: flag({ doc: "Decrypt a SecureString.", default: false }),
  },
  {
    check: (options, complaints) => {
      checkAccess(options, complaints);
      requireText("name", options.name, complaints);
    },
  },
);

/** Options of the amazon-secretsmanager data source. */
export const amazonSecretsManagerOptions = schema(
  {
    ...accessFields,
    name: text({ doc: "Name or ARN of the secret.", required: true }),
    key: text({ doc: "Field of a JSON secret." }),
    version_id: text({ doc: "ID of the version." }),
    version_stage: text({ doc: "Staging label of the version.", default: "AWSCURRENT" }),
  },
  {
    check: (options, complaints) => {
      checkAccess(options, complaints);
      requireText("name", options.name, complaints);
    },
  },
);

/** Options of the http data source (Packer, "HTTP data source"). */
export const httpOptions = schema(
  {
    url: text({ doc: "URL of the request.", required: true }),
    method: choice(["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"], {
      doc: "HTTP method.",
      default: "GET",
    }),
    request_headers: map({ doc: "Headers of the request." }),
    request_body: text({ doc: "Body of the request." }),
  },
  { check: ({ url }, complaints) => requireText("url", url, complaints) },
);

/** Options of the null data source (Packer, "Null data source"). */
export const nullOptions = schema(
  { input: text({ doc: "Value of the output.", required: true }) },
  { check: ({ input }, complaints) => requireText("input", input, complaints) },
);
