/** The version of Packer whose behaviour we follow: `{{packer_version}}`, `packer.version`, `min_packer_version`. */
export const PACKER_VERSION = "1.16.0";
