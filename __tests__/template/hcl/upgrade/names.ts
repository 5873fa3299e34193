/** A name of a JSON template that comes from variables with templates as defaults. */
interface NameCase {
  readonly what: string;
  readonly variables: Readonly<Record<string, string>>;
  readonly name: string;
}

const named = (what: string, name: string, variables: NameCase["variables"]): NameCase => ({ what, variables, name });

/** Names that an upgraded template must have too. `{{uuid}}` is random and not among them. */
export const NAMES: readonly NameCase[] = [
  named("isotime, piped through clean_resource_name", "web {{user `t` | clean_resource_name}}", { t: "{{isotime}}" }),
  named("a layout with colons, cleaned", "{{user `t` | clean_resource_name}}", {
    t: "{{isotime `2006-01-02 15:04:05`}}",
  }),
  named("the old name of the function", "{{user `t` | clean_ami_name}}", { t: "at {{isotime `15:04`}}" }),
  named("clean_resource_name as a call", "{{clean_resource_name (user `t`)}}", { t: "{{isotime}}" }),
  named("a time that is printed", "web-{{user `t`}}", { t: "{{isotime `20060102`}}" }),
  named("a timestamp that is printed", "web-{{user `t`}}", { t: "{{timestamp}}" }),
  named("a timestamp that is cleaned", "web-{{user `t` | clean_resource_name}}", { t: "{{timestamp}}" }),
  named("text around a timestamp that is cleaned", "{{user `t` | clean_resource_name}}", { t: "a:{{timestamp}}:b" }),
  named("a variable of a variable", "{{user `c` | clean_resource_name}}", {
    a: "{{isotime `15:04`}}",
    b: "{{timestamp}}",
    c: "{{user `a`}}/{{user `b`}}",
  }),
  named("a variable of a variable, printed", "{{user `c`}}", {
    a: "{{isotime `1504`}}",
    c: "{{user `a`}}-{{timestamp}}",
  }),
  named("upper case", "{{upper (user `m`)}} {{user `m` | lower}}", { m: "{{isotime `Jan`}}" }),
  named("a part of a text", "{{split (user `t`) `-` 1}}", { t: "{{isotime `2006-01-02`}}" }),
  named("replaced text", "{{replace_all `-` `_` (user `t`)}} {{user `t` | replace `0` `o` -1}}", {
    t: "{{isotime `2006-01-02`}}",
  }),
  named("text that is replaced once", "{{user `t` | replace `0` `o` 1}}", { t: "{{isotime `2006-01-02`}}" }),
  named("slashes, which HCL2 reads as a regular expression", "{{user `t` | replace_all `/./` `x`}}", { t: "a/./b.c" }),
  named("a time in strftime's form", "{{user `t` | clean_resource_name}}", { t: "{{strftime `%H:%M`}}" }),
  named("functions in the default", "{{user `t`}}", { t: "{{isotime `Jan` | upper}}-{{lower `ABC`}}" }),
  named("the environment and a time", "{{user `t` | clean_resource_name}}", {
    t: "{{env `AWS_REGION`}}:{{isotime `15`}}",
  }),
  named("the environment in upper case", "{{user `t`}}", { t: "{{env `AWS_REGION` | upper}}" }),
  named("the environment alone", "{{user `t` | upper}}", { t: "{{env `AWS_REGION`}}" }),
  named(
    "the environment, read in the option itself",
    "{{env `AWS_REGION`}} {{env `AWS_REGION` | upper}} {{user `t`}}",
    {
      t: "{{isotime `2006`}}",
    },
  ),
  named("a variable with the name that the environment gets", "{{user `t`}} {{user `env_AWS_REGION`}}", {
    env_AWS_REGION: "mine",
    t: "{{env `AWS_REGION` | upper}}",
  }),
  named("Packer's version", "{{user `t` | clean_resource_name}}", { t: "v:{{packer_version}}" }),
  named("trim markers", "a {{- user `t` -}} {{- user `t` | clean_resource_name -}} b", { t: "{{isotime `15.04`}}" }),
  named("trim markers in the default", "{{user `t` | clean_resource_name}}", { t: "a: {{- isotime `15:04` -}} :b" }),
  named("characters outside ASCII", "{{user `t` | clean_resource_name}}", { t: "caf\u00e9 {{isotime `15:04`}}" }),
  named("braces of HCL2", "{{user `t` | clean_resource_name}}", { t: "${a} %{b} {{isotime `15:04`}}" }),
  named("a condition", "{{if eq (user `t`) `2006`}}then{{else}}now {{user `t`}}{{end}}", { t: "{{isotime `2006`}}" }),
  named("quotes in a layout", "{{user `t` | clean_resource_name}}", { t: "{{isotime `2006 \"x\" 'y'`}}" }),
];
