/** Keys of `{{build "X"}}` and `build.X` that every builder has (Packer §1.11). */
export const BUILD_DATA_KEYS: readonly string[] = [
  "ID",
  "Host",
  "Port",
  "User",
  "Password",
  "ConnType",
  "SSHPublicKey",
  "SSHPrivateKey",
  "SSHPrivateKeyFile",
  "SSHAgentAuth",
  "WinRMPassword",
  "PackerRunUUID",
  "PackerHTTPIP",
  "PackerHTTPPort",
  "PackerHTTPAddr",
];
