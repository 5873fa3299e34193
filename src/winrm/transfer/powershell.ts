/** Exit codes of the scripts, different from those of PowerShell. */
export const EXIT = {
  /** The content has another digest than the one that was announced. */
  digest: 95,
  /** PowerShell runs in a language mode without .NET. */
  constrained: 96,
  missing: 97,
  isDirectory: 98,
} as const;

/** Returns the command line that runs a script by PowerShell. Indentation is removed: cmd.exe accepts 8,191 characters. */
export function powershellLine(script: string): string {
  const short = script.replace(/^\s+/gm, "");
  const encoded = Buffer.from(short, "utf16le").toString("base64");
  return `powershell.exe -NoProfile -NonInteractive -ExecutionPolicy Bypass -EncodedCommand ${encoded}`;
}

/** Returns text as a literal of PowerShell in single quotes (about_Quoting_Rules), also with typographic quotes. */
export function powershellQuote(text: string): string {
  return `'${text.replace(/['\u2018\u2019\u201a\u201b]/g, "$&$&")}'`;
}

/**
 * Returns text as a literal in double quotes of which nothing is expanded.
 */
export function powershellDoubleQuote(text: string): string {
  return `"${text.replace(/[`$"\u201c\u201d\u201e]/g, "`$&")}"`;
}

/** Converts the slashes of a path of a template, and expands `$env:NAME` in it: Packer's script does so too. */
const FULL_PATH = String.raw`$full = {
  $expanded = [regex]::Replace($args[0].Replace('/', '\'), '\$\{?env:(\w+)\}?', { [Environment]::GetEnvironmentVariable($args[0].Groups[1].Value) })
  [IO.Path]::GetFullPath($expanded)
}`;

const LANGUAGE = `if ($ExecutionContext.SessionState.LanguageMode -ne 'FullLanguage') { exit ${EXIT.constrained} }`;

/**
 * Receives files on its standard input. The first lines are base64 of the plan: a line for each directory (`d`) and file (`f`, SHA-256,
 * path), with tabs. A line with `>` begins the next file of the plan. Other lines are base64 of a piece of it that is compressed with gzip.
 * A file gets its name when it is complete and its digest is right.
 */
export const RECEIVE_FILES = `
begin {
  $ErrorActionPreference = 'Stop'
  ${LANGUAGE}
  $plan = New-Object IO.MemoryStream
  $files = $null
  $next = 0
  $out = $null
  $temp = $null
  $buffer = New-Object byte[] 262144
  ${FULL_PATH}
  $fail = {
    if ($out) { $out.Dispose() }
    if ($temp) { [IO.File]::Delete($temp) }
    [Console]::Error.WriteLine($args[0])
    exit $args[1]
  }
  $prepare = {
    $files = New-Object Collections.ArrayList
    foreach ($entry in [Text.Encoding]::UTF8.GetString($plan.ToArray()).Split([char]10)) {
      $parts = $entry.Split([char]9)
      if ($parts[0] -eq 'd') { [void][IO.Directory]::CreateDirectory((& $full $parts[1])) }
      if ($parts[0] -eq 'f') { [void]$files.Add($parts) }
    }
  }
  $close = {
    $out.Dispose()
    $out = $null
    [void]$hash.TransformFinalBlock($buffer, 0, 0)
    if ([BitConverter]::ToString($hash.Hash).Replace('-', '') -ne $files[$next - 1][1]) { . $fail $goal ${EXIT.digest} }
    if ([IO.File]::Exists($goal)) { [IO.File]::Delete($goal) }
    [IO.File]::Move($temp, $goal)
    $temp = $null
  }
  $open = {
    $goal = & $full $files[$next][2]
    $next++
    if ([IO.Directory]::Exists($goal)) { . $fail $goal ${EXIT.isDirectory} }
    [void][IO.Directory]::CreateDirectory([IO.Path]::GetDirectoryName($goal))
    $temp = $goal + '.' + [Guid]::NewGuid().ToString('N').Substring(0, 8)
    $out = [IO.File]::Open($temp, 'CreateNew')
    $hash = New-Object Security.Cryptography.SHA256CryptoServiceProvider
  }
}
process {
  foreach ($line in $input) {
    try {
      if ($line.StartsWith('>')) {
        if ($out) { . $close }
        if ($files -eq $null) { . $prepare }
        . $open
      } elseif ($line.Length -gt 0) {
        $bytes = [Convert]::FromBase64String($line)
        if ($files -eq $null) { $plan.Write($bytes, 0, $bytes.Length) } else {
          $zip = New-Object IO.Compression.GZipStream((New-Object IO.MemoryStream(, $bytes)), [IO.Compression.CompressionMode]::Decompress)
          while (($count = $zip.Read($buffer, 0, $buffer.Length)) -gt 0) {
            $out.Write($buffer, 0, $count)
            [void]$hash.TransformBlock($buffer, 0, $count, $buffer, 0)
          }
        }
      }
    } catch { . $fail $_.Exception.GetBaseException().Message 1 }
  }
}
end {
  try {
    if ($out) { . $close }
    if ($files -eq $null) { . $prepare }
    if ($next -ne $files.Count) { . $fail 'the files are not complete' 1 }
  } catch { . $fail $_.Exception.GetBaseException().Message 1 }
}
`;

/**
 * Returns the script that writes a file to its standard output in lines of base64, and its SHA-256 after `#`. A small file is read at once.
 */
export function sendFileScript(path: string): string {
  const literal = powershellDoubleQuote(path.replaceAll("/", "\\"));
  return `
$ErrorActionPreference = 'Stop'
${LANGUAGE}
${FULL_PATH}
$name = & $full ${powershellQuote(path)}
if ([IO.Directory]::Exists($name)) { [Console]::Error.WriteLine($name); exit ${EXIT.isDirectory} }
if (![IO.File]::Exists($name)) { [Console]::Error.WriteLine($name); exit ${EXIT.missing} }
try {
  $hash = New-Object Security.Cryptography.SHA256CryptoServiceProvider
  if ((New-Object IO.FileInfo($name)).Length -le 262144 -and $name -eq ${literal}) {
    $bytes = [IO.File]::ReadAllBytes(${literal})
    [void]$hash.TransformBlock($bytes, 0, $bytes.Length, $bytes, 0)
    [Console]::Out.WriteLine([Convert]::ToBase64String($bytes))
  } else {
    $buffer = New-Object byte[] 196608
    $file = New-Object IO.FileStream($name, 'Open', 'Read', 'ReadWrite')
    do {
      $count = 0
      do {
        $read = $file.Read($buffer, $count, $buffer.Length - $count)
        $count += $read
      } while ($read -gt 0 -and $count -lt $buffer.Length)
      [void]$hash.TransformBlock($buffer, 0, $count, $buffer, 0)
      [Console]::Out.WriteLine([Convert]::ToBase64String($buffer, 0, $count))
    } while ($read -gt 0)
    $file.Dispose()
  }
  [void]$hash.TransformFinalBlock((New-Object byte[] 1), 0, 0)
  [Console]::Out.WriteLine('#' + [BitConverter]::ToString($hash.Hash).Replace('-', ''))
} catch { [Console]::Error.WriteLine($_.Exception.GetBaseException().Message); exit 1 }
`;
}

/**
 * Returns the script that lists what matches a pattern (`*`, `?`) in a directory, and what is below that: base64 of a line `d` or `f`, a tab, and
 * the path below the directory, with slashes. Links to directories are not followed.
 */
export function listDirectoryScript(path: string, pattern: string): string {
  return String.raw`
$ErrorActionPreference = 'Stop'
${LANGUAGE}
${FULL_PATH}
$root = (& $full ${powershellQuote(path)}).TrimEnd('\') + '\'
if (![IO.Directory]::Exists($root)) { [Console]::Error.WriteLine($root); exit ${EXIT.missing} }
$show = { [Console]::Out.WriteLine([Convert]::ToBase64String([Text.Encoding]::UTF8.GetBytes($args[0] + [char]9 + $args[1].Substring($root.Length).Replace('\', '/')))) }
$walk = {
  foreach ($file in [IO.Directory]::GetFiles($args[0], $args[1])) { & $show 'f' $file }
  foreach ($directory in [IO.Directory]::GetDirectories($args[0], $args[1])) {
    & $show 'd' $directory
    if (!([IO.File]::GetAttributes($directory) -band 1024)) { & $walk $directory '*' }
  }
}
try { & $walk $root ${powershellQuote(pattern)} } catch { [Console]::Error.WriteLine($_.Exception.GetBaseException().Message); exit 1 }
`;
}
