/** A template that needs too much, and where and how it ends: the code of the first error with its place. */
export interface HostileTemplate {
  readonly name: string;
  readonly text: string;
  readonly ends: string;
  /** Where it can end instead on a slow processor: the limit of time is reached at any turn of its loops. */
  readonly orEnds?: string;
  /** Text of a file of values: HCL2 in `NAMEvars.hcl`, JSON in `NAMEvars.json`. */
  readonly values?: string;
  readonly extension: "pkr.hcl" | "json" | "pkr.json";
}

const BUILD = '\nsource "null" "n" {\n  communicator = "none"\n}\nbuild {\n  sources = ["null.n"]\n}\n';
const over = (place: string) => `budget-exceeded@${place}`;
/** Ends without an error, because it takes no more than linear time. */
const ENDS = "undefined@undefined";
const failed = (place: string) => `function-failed@${place}`;
const hcl = (name: string, text: string, ends: string): HostileTemplate => ({ name, text, ends, extension: "pkr.hcl" });

/** A local value `x`, which starts at line 2, column 7. */
function local(name: string, expression: string, ends: string): HostileTemplate {
  return hcl(name, `locals {\n  x = ${expression}\n}${BUILD}`, ends);
}

/** 60 locals, each made of two uses of the one before. */
function doubling(name: string, first: string, twice: (before: string) => string, ends: string): HostileTemplate {
  const lines = Array.from({ length: 60 }, (_, i) => `  s${i} = ${i === 0 ? first : twice(`local.s${i - 1}`)}`);
  return hcl(name, `locals {\n${lines.join("\n")}\n}${BUILD}`, ends);
}

/** A JSON template with a command, on its third line. */
function command(name: string, text: string, column: number): HostileTemplate {
  const ends = `budget-exceeded@3:${column}`;
  return { name, text: jsonTemplate(text), ends, extension: "json" };
}

function jsonTemplate(text: string): string {
  return `{ "builders": [{ "type": "null", "communicator": "none" }],\n "provisioners": [{ "type": "shell-local",\n"command":${JSON.stringify(text)} }] }`;
}

const MILLION = "[for a in range(1000): [for b in range(1000): ";
const LONG = 'join("", [for i in range(1000): join("", [for j in range(100): "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"])])';
const LAUGHS = Array.from({ length: 9 }, (_, i) => `a${i + 1}: &a${i + 1} [${`*a${i},`.repeat(9)}]`).join("\\n");

/** Every kind of template that multiplies: by function, by language construct, by the size of its text. */
export const HOSTILE: readonly HostileTemplate[] = [
  local("setproduct", "setproduct(range(1000), range(1000), range(1000))", over("2:7")),
  local("for", `${MILLION}[for c in range(1000): c]]]`, over("2:63")),
  local("for-nothing", `${MILLION}[for c in range(1000): c if false]]]`, over("2:63")),
  local(
    "for-object",
    "{for a in range(1000): a => {for b in range(1000): b => {for c in range(1000): c => c}}}",
    over("2:73"),
  ),
  local(
    "directive",
    '"%{for a in range(1000)}%{for b in range(1000)}xxxxxxxxxxxxxxxxxxxxxxxxxx%{endfor}%{endfor}"',
    over("2:42"),
  ),
  local("range", "range(1e9)", failed("2:7")),
  local("format-width", 'format("%2000000000d", 1)', over("2:7")),
  local("format-precision", 'format("%.2000000000f", 1)', over("2:7")),
  local("formatlist", `formatlist("%s%s", [for i in range(1000): "x"], ${LONG})`, over("2:7")),
  local("indent", 'indent(5e8, "a\\nb")', over("2:7")),
  local("join", `join(${LONG}, [for i in range(1000): "x"])`, over("2:7")),
  local("replace", `replace(${LONG}, "x", "${"y".repeat(100)}")`, over("2:7")),
  local("replace-empty", `replace(${LONG}, "", "${"y".repeat(100)}")`, over("2:7")),
  local("split", `split("", ${LONG})`, over("2:7")),
  local("strrev", 'strrev(file("large"))', over("2:7")),
  local("title", 'title(file("large"))', over("2:7")),
  local("strrev-clusters", 'strrev(replace(file("large"), "x", "é̂"))', over("2:14")),
  local("jsonencode", '[for i in range(1000): jsonencode(file("large"))]', over("2:30")),
  local("base64gzip", '[for i in range(1000): base64gzip(file("large"))]', over("2:41")),
  local("regex_replace", 'regex_replace(file("large"), "x", "abcdefgh")', over("2:7")),
  local("regex", 'regex("(x+x+)+y", file("large"))', over("2:7")),
  local("regex-instructions", 'regex(join("", [for i in range(1000): "x{1000}"]), "x")', over("2:7")),
  local("regexall-quadratic", `regexall("(x)|.*y(z)", ${LONG})`, over("2:7")),
  local("yaml-aliases", `yamldecode("a0: &a0 [x]\\n${LAUGHS}")`, over("2:7")),
  local("yaml-depth", 'yamldecode(join("", [for i in range(1000): "[[[[[[[[[["]))', failed("2:18")),
  local("json-depth", 'jsondecode(join("", [for i in range(1000): "[[[[[[[[[["]))', failed("2:18")),
  local("json-values", 'jsondecode("[${replace(file("medium"), "x", "1,")}1]")', failed("2:18")),
  local("csv", 'csvdecode("a,b\\n${replace(file("medium"), "x", "1,2\\n")}")', over("2:7")),
  local("unify", 'convert(flatten([for i in range(100): [for j in range(300): [j, "a", true]]]), set(any))', ENDS),
  local("distinct", 'distinct(flatten([for i in range(100): [for j in range(500): "${i}-${j}"]]))', ENDS),
  local("chomp", 'chomp("${replace(file("medium"), "x", "\\n")}y")', ENDS),
  local("trimspace", 'trimspace("${replace(file("medium"), "x", " ")}y")', ENDS),
  local("device", 'file("/dev/zero")', failed("2:12")),
  local("fifo", 'file("fifo")', failed("2:12")),
  local("fifo-template", 'templatefile("fifo", {})', failed("2:20")),
  local("templatefile", '[for i in range(1000): templatefile("medium", {})]', over("2:30")),
  hcl("locals-of-text", `locals {\n  s0 = file("large")\n  s1 = local.s0\n  s2 = local.s1\n}${BUILD}`, over("2:8")),
  local("sparse-file", 'filebase64("sparse")', failed("2:18")),
  local("fileset", 'fileset("/", "**")', over("2:7")),
  local("glob", 'fileset(".", "*x*x*x*x*x*x*x*x*y")', over("2:7")),
  local("bcrypt", 'bcrypt("x", 31)', over("2:7")),
  local("bcrypt-often", '[for i in range(1000): bcrypt("x", 10)]', over("2:30")),
  local("sum", "1e1000000000 + 1", over("2:7")),
  local("product", "1e9000 * 1e9000", over("2:7")),
  local("number-of-text", '"1e999999999" + 1', over("2:7")),
  local("pow", `${MILLION}pow(a, b)]]`, over("2:40")),
  local("parseint", 'parseint(file("large"), 10)', over("2:7")),
  local(
    "cidrsubnets",
    '[for i in range(1000): cidrsubnets("10.0.0.0/8", [for j in range(1000): 16]...)]',
    over("2:56"),
  ),
  local("zipmap", '{for i in range(1000): i => zipmap([for j in range(1000): "k${j}"], range(1000))}', over("2:52")),
  local("errors", `${MILLION}nope]]`, "unknown-name@2:53"),
  local("try", `try(${MILLION}[for c in range(1000): c]]], 1)`, over("2:67")),
  local("compare", `${MILLION}range(1000) == range(1000)]]`, over("2:68")),
  local("encodings", `${MILLION}textencodebase64("x", "gbk")]]`, over("2:53")),
  local("brackets", `${"[".repeat(100_000)}${"]".repeat(100_000)}`, "nesting-too-deep@2:406"),
  local("tokens", `[${"1,".repeat(2_000_000)}]`, "text-too-large@2:500002"),
  local("interpolations", `"${`\${file("large")}`.repeat(100)}"`, over("2:7")),
  doubling("texts", '"xxxxxxxxxx"', (before) => `"\${${before}}\${${before}}"`, over("21:9")),
  doubling("lists", '"x"', (before) => `[${before}, ${before}]`, over("19:9")),
  doubling("objects", '"x"', (before) => `{ a = ${before}, b = ${before} }`, over("19:9")),
  doubling("concat", '["x"]', (before) => `concat(${before}, ${before})`, over("19:9")),
  hcl(
    "nested-locals",
    `locals {\n  s0 = 1\n${Array.from({ length: 5000 }, (_, i) => `  s${i + 1} = [local.s${i}]`).join("\n")}\n}${BUILD}`,
    over("403:10"),
  ),
  hcl(
    "option",
    `${BUILD.replace("]\n}", `]\n  provisioner "shell-local" {\n    inline = ${MILLION}"x"]]\n  }\n}`)}`,
    over("8:37"),
  ),
  {
    ...hcl("values", `variable "v" {\n  type = any\n}${BUILD}`, "text-too-large@1:500001"),
    values: `v=[${"1,".repeat(1_000_000)}]`,
  },
  {
    name: "json-syntax",
    text: `{"locals":{"x":[${"1,".repeat(1_000_000)}1]}}`,
    ends: "too-many-values@1:500011",
    extension: "pkr.json",
  },
  command("printf", `{{printf "${"%1000000d".repeat(20)}" ${"1 ".repeat(20)}}}`, 14),
  command("print", `{{$x := "xxxxxxxxxx"}}${"{{$x = print $x $x}}".repeat(60)}`, 423),
  command("range-numbers", "{{range 1000000000000}}{{end}}", 12),
  {
    ...command("range-nested", "{{range 100000}}{{range 100000}}x{{end}}{{end}}", 44),
    orEnds: "budget-exceeded@3:28",
  },
  command("replace_all", '{{$x := printf "%1000000d" 1}}{{replace_all " " $x $x}}', 46),
  command("split-text", '{{$x := printf "%1000000d" 1}}{{split $x " " 3}}', 46),
  {
    name: "actions",
    text: jsonTemplate('{{"x"}}'.repeat(100_000)),
    ends: "template-syntax@3:300016",
    extension: "json",
  },
  {
    name: "parentheses",
    text: jsonTemplate(`{{${"(".repeat(50_000)}`),
    ends: "template-syntax@3:12",
    extension: "json",
  },
  { name: "json-brackets", text: "[".repeat(100_000), ends: "template-too-deep@1:201", extension: "json" },
  {
    name: "json-elements",
    text: `{"a":[${"1,".repeat(1_000_000)}1]}`,
    ends: "template-too-large@1:500004",
    extension: "json",
  },
  { name: "json-comments", text: `{${"/*".repeat(1_000_000)}`, ends: "json-syntax@1:7", extension: "json" },
  { name: "json-quotes", text: `{${'"\\'.repeat(1_000_000)}`, ends: "json-syntax@1:2", extension: "json" },
];
