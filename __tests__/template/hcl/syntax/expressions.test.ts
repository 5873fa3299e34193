import { describe, expect, test } from "@jest/globals";
import { MAX_DEPTH } from "../../../../src/template/hcl/syntax/located.js";
import { parseExpression, parseTemplate } from "../../../../src/template/hcl/syntax/parse.js";
import { sketch } from "./tree.js";

function accepted(text: string): string {
  const { expression, diagnostics } = parseExpression({ file: "x.hcl", text });
  expect(diagnostics).toEqual([]);
  return sketch(expression);
}

function problems(text: string): string[] {
  const { diagnostics } = parseExpression({ file: "x.hcl", text });
  return diagnostics.map(({ summary, range }) => `${range?.start.line}:${range?.start.column} ${summary}`);
}

describe("parseExpression", () => {
  test.each([
    ["1 + 2 * 3", "(+ 1 (* 2 3))"],
    ["1 - 2 - 3", "(- (- 1 2) 3)"],
    ["a || b && c == d < e + f * g", "(|| a (&& b (== c (< d (+ e (* f g))))))"],
    ["a * b + c < d == e && f || g", "(|| (&& (== (< (+ (* a b) c) d) e) f) g)"],
    ["(1 + 2) * 3", "(* (((+ 1 2))) 3)"],
    ["-a.b", "(- a.b)"],
    ["-a + b", "(+ (- a) b)"],
    ["!!a", "(! (! a))"],
    ["a ? b : c ? d : e", "(? a b (? c d e))"],
    ["a ? b ? c : d : e", "(? a (? b c d) e)"],
    ["a || b ? c : d", "(? (|| a b) c d)"],
    ["12345678901234567890.10", "12345678901234567890.10"],
    ["1e3 + 2.5E-3", "(+ 1e3 2.5E-3)"],
    ["true && null", "(&& true null)"],
    ["truely", "truely"],
  ])("operators: %s", (text, tree) => expect(accepted(text)).toBe(tree));

  test.each([
    ["a.b-c.d", "a.b-c.d"],
    ['a[0]["k"][b + 1].c', 'a[0][<"k">][(+ b 1)].c'],
    ["a.0.b", "a.#0.b"],
    ["a.*.b.0[1]", "a.*{.b.#0}[1]"],
    ["a[*].b[0].c", "a[*.b[0].c]"],
    ["a[*].b[*].c", "a[*.b[*.c]]"],
    ["a[*]", "a[*]"],
    ["a.*", "a.*{}"],
    ["f().b", "f().b"],
    ["[1, 2][0]", "[1 2][0]"],
    ["{a = 1}.a", "{'a:1}.a"],
    ['"x".y', '<"x">.y'],
    ["a\n  .b\n  [0]", "a.b[0]"],
  ])("traversals: %s", (text, tree) => expect(accepted(text)).toBe(tree));

  test.each([
    ["[]", "[]"],
    ["[1, 2,]", "[1 2]"],
    ["[\n1\n,\n2\n]", "[1 2]"],
    ["{}", "{}"],
    ["{a=1,b:2\nc=3\n\n}", "{'a:1 'b:2 'c:3}"],
    ['{"a b"=1, (c)=2, d.e=3, 4=5, null=6, true=7}', "{<\"a b\">:1 ((c)):2 d.e:3 4:5 'null:6 'true:7}"],
    ["{a = 1 # c\n b = 2 // d\n /* e */ c = 3}", "{'a:1 'b:2 'c:3}"],
    ["[for v in l : v]", "(for-tuple v in l v)"],
    ["[for k, v in l : k if v != null]", "(for-tuple k,v in l k if (!= v null))"],
    ["{for k, v in m : v => k...\n if k}", "(for-object k,v in m v=>k... if k)"],
    ["{\n\nfor k in m : k => 1}", "(for-object k in m k=>1)"],
    ["[(for)]", "[((for))]"],
    ["f()", "f()"],
    ["f(1, g(2),)", "f(1 g(2))"],
    ["f(a, b...)", "f(a b ...)"],
    ["provider::aws::arn (1)", "provider::aws::arn(1)"],
    ["größe + 日本", "(+ größe 日本)"],
  ])("collections and calls: %s", (text, tree) => expect(accepted(text)).toBe(tree));

  test.each([
    ['""', "<>"],
    ['"a"', '<"a">'],
    ['"${a}"', "<${a}>"],
    ['"a${b}c"', '<"a" ${b} "c">'],
    ['"\\n\\r\\t\\"\\\\\\u00e9\\U0001F389"', `<${JSON.stringify('\n\r\t"\\é🎉')}>`],
    ['"$ $$ $${a} %%{b} 100% $$${c}"', '<"$ $$ ${a} %{b} 100% $${c}">'],
    ['"a  ${~ b ~}  c"', '<"a" ${b} "c">'],
    ['"${b ~} "', '<${b} "">'],
    ['"%{ if a }b%{ else }c%{ endif }"', '<%(if a "b" else "c")>'],
    ['"%{ if a }%{ endif }"', "<%(if a )>"],
    ['"%{ for k, v in m ~} ${k} %{~ endfor }"', '<%(for k,v in m "" ${k} "")>'],
    ['"${"${"a"}"}"', '<${<${<"a">}>}>'],
    ['"${ {a = "}"} }"', `<\${{'a:<"}">}}>`],
  ])("templates: %s", (text, tree) => expect(accepted(text)).toBe(tree));

  test.each([
    ["<<E\na\n b\nE\n", '<"a\\n b\\n">'],
    ["<<E\nE\n", "<>"],
    ["<<E\n${a}\nE\n", '<${a} "\\n">'],
    ['<<E\n\\n "q" $${x}\n  E  \n', '<"\\\\n \\"q\\" ${x}\\n">'],
    ["<<-E\n    a\n      b\n\n    ${c}\n  E\n", '<"a\\n  b\\n\\n" ${c} "\\n">'],
    ["<<-E\n  ${a}\n    b\nE\n", '<"" ${a} "\\n  b\\n">'],
    ["<<-E\n\ta\n\t b\nE\n", '<"a\\n b\\n">'],
    ["<<E\n  %{ if a ~}\n  b\n  %{~ endif }\nE\n", '<"  " %(if a "  b\\n") "\\n">'],
    ["<<E\r\na\r\nE\r\n", '<"a\\r\\n">'],
    ["[<<E\nE E\nE\n, 1]", '[<"E E\\n"> 1]'],
  ])("heredocs: %j", (text, tree) => expect(accepted(text)).toBe(tree));

  test.each([
    ["", ["1:1 Missing expression"]],
    ["1 +", ["1:4 Missing expression"]],
    ["1 2", ["1:3 Extra characters after expression"]],
    ["a ? b", ["1:6 Missing false expression in conditional"]],
    ["(1", ["1:3 Unbalanced parentheses"]],
    ["[1 2]", ["1:4 Missing item separator"]],
    ["[1, 2", ["1:1 Unterminated tuple constructor expression"]],
    ["{a 1}", ["1:4 Missing key/value separator"]],
    ["{a,}", ["1:3 Missing attribute value"]],
    ["{a = 1", ["1:1 Unterminated object constructor expression"]],
    ["{a = 1 b = 2}", ["1:8 Missing attribute separator"]],
    ["f(1 2)", ["1:5 Missing argument separator"]],
    ["f(a..., b)", ["1:4 Missing closing parenthesis"]],
    ["f(1", ["1:1 Unterminated function call"]],
    ["a::", ["1:4 Missing function name"]],
    ["a::b", ["1:5 Missing open parenthesis"]],
    ["a.", ["1:3 Invalid attribute name"]],
    ["a.0.1", ["1:3 Invalid legacy index syntax"]],
    ["a.*.b.*", ["1:7 Nested splat expression not allowed"]],
    ["a[*.b]", ["1:4 Missing close bracket on splat index"]],
    ["a[1", ["1:4 Missing close bracket on index"]],
    ["1.2.3", ["1:1 Invalid number literal"]],
    ["[for x y : z]", ["1:8 Invalid 'for' expression"]],
    ["[for x in y : k => v]", ["1:15 Invalid 'for' expression"]],
    ["{for x in y : x}", ["1:15 Invalid 'for' expression"]],
    ['"\\q"', ["1:2 Invalid escape sequence"]],
    ['"\\u12"', ["1:2 Invalid escape sequence"]],
    ['"\\ud83c\\udf89"', ["1:2 Invalid escape sequence", "1:8 Invalid escape sequence"]],
    ['"${a b}"', ["1:6 Extra characters after interpolation expression"]],
    ['"${a"', ["1:1 Unclosed template interpolation sequence"]],
    ['"a', ["1:3 Unterminated template string"]],
    ['"a\nb"', ["1:3 Invalid multi-line string"]],
    ['"%{ iff a }b%{ endif }"', ["1:5 Invalid template control keyword"]],
    ['"%{ if a }b"', ["1:12 Unexpected end of template"]],
    ['"%{ endfor }"', ["1:2 Unexpected endfor directive"]],
    ['"%{ if a }%{ else }%{ else }%{ endif }"', ["1:20 Unexpected else directive", "1:29 Unexpected endif directive"]],
    ["<<E\na\nE", ["3:2 Unterminated template string"]],
    ["'a'", ["1:1 Invalid character"]],
    ["a & b", ["1:3 Unsupported operator"]],
    ["a /* b", ["1:3 Unclosed comment"]],
    ["a + \u0000", ["1:5 Invalid character"]],
    ['"\ufffd"', ["1:2 Invalid character encoding"]],
  ])("rejects %j", (text, expected) => expect(problems(text)).toEqual(expected));
});

describe("depth", () => {
  const many = 50_000;
  test.each([
    ["brackets", `${"[".repeat(many)}`],
    ["parentheses", `${"(".repeat(many)}1${")".repeat(many)}`],
    ["signs", `${"-".repeat(many)}1`],
    ["operators", `1${" + 1".repeat(many)}`],
    ["conditionals", "a ? 1 : ".repeat(many)],
    ["splats", `a${"[*]".repeat(many)}`],
    ["templates", '"${'.repeat(many)],
    ["directives", `"${"%{ if a }".repeat(many)}"`],
    ["calls", "f(".repeat(many)],
    ["for", "[for x in ".repeat(many)],
  ])("%s nested too deep are an error", (_, text) => {
    const { diagnostics } = parseExpression({ file: "x.hcl", text });
    expect(diagnostics.map(({ code }) => code)).toContain("nesting-too-deep");
    expect(diagnostics.length).toBeLessThan(3);
  });

  test("accepts nesting up to the limit and flat lists of any length", () => {
    const half = MAX_DEPTH / 2;
    expect(accepted(`${"(".repeat(half)}1${")".repeat(half)}`)).toContain("1");
    expect(accepted(`a${".b".repeat(50_000)}`)).toContain("a.b");
    expect(accepted(`[${"1,".repeat(50_000)}]`)).toContain("1");
  });
});

describe("parseTemplate", () => {
  test.each([
    ["", "<>"],
    ['a "b"\n\\n', '<"a \\"b\\"\\n\\\\n">'],
    ["${a}", "<${a}>"],
    ["a $${b} $", '<"a ${b} $">'],
    ["%{ for x in y ~}\n${x}\n%{ endfor ~}\nend", '<%(for x in y "" ${x} "\\n") "end">'],
  ])("%j", (text, tree) => {
    const { template, diagnostics } = parseTemplate({ file: "x.tpl", text });
    expect(diagnostics).toEqual([]);
    expect(sketch(template)).toBe(tree);
    expect(template).toMatchObject({ form: "text", raw: text });
  });
});
