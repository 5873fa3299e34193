import type { FileUpload } from "../../core/communicator.js";
import type { ProvisionerContext } from "../../core/parts.js";
import type { CommandRun } from "../command-run.js";
import { readRemote } from "../run-remote.js";
import { encodedCommand, literal, scriptBytes, xmlText } from "./quote.js";

/** The user of a scheduled task. Without a password it is a service account, such as SYSTEM. */
export interface TaskUser {
  readonly name: string;
  readonly password: string;
}

/** A command that a scheduled task runs (Packer §5.5): the file to upload, the line that runs the task, and the input of that line. */
export interface ElevatedCommand {
  readonly runner: FileUpload;
  readonly line: string;
  /** The password as base64. It is never in a file. */
  readonly input: Uint8Array | undefined;
  /** Ends the task and its programs and removes its files, after a failure or an abort. Never rejects. */
  stop(context: ProvisionerContext): Promise<void>;
}

/** Time limit for ending a task, in milliseconds. */
const STOP_LIMIT = 30_000;

/**
 * Returns how to run a line of cmd.exe as another user. `id` is unique: it names the task and its files. The runner shows the output
 * while the command runs, removes the task and its files, and exits with the command's exit code.
 */
export function elevatedCommand(line: string, user: TaskUser, id: string): ElevatedCommand {
  const task = `packer-${id}`;
  const path = `C:/Windows/Temp/packer-elevated-shell-${id}.ps1`;
  const output = `%SYSTEMROOT%\\Temp\\${task}.out`;
  const hasPassword = user.password !== "";
  const text = runnerScript({ task, line, output, user: user.name, hasPassword });
  return {
    runner: { source: { from: "memory", content: scriptBytes(text), mode: 0o600 }, destination: path },
    line: `powershell -executionpolicy bypass -file "${path}"`,
    input: hasPassword ? Buffer.from(`${Buffer.from(user.password).toString("base64")}\n`) : undefined,
    async stop(context) {
      const own = { ...context, signal: AbortSignal.timeout(STOP_LIMIT) };
      // The instance may be gone already.
      await readRemote(own, encodedCommand(stopScript(id, task, output))).catch(() => undefined);
    },
  };
}

/**
 * Runs the line of a task by `run`. What the task started is ended when the line does not end by itself: the connection was lost, or the
 * build was aborted. Rejects as `run` does.
 */
export async function runTask(
  task: Pick<ElevatedCommand, "stop"> | undefined,
  context: ProvisionerContext,
  run: () => Promise<CommandRun>,
): Promise<CommandRun> {
  let ended = false;
  try {
    const ran = await run();
    ended = ran.end.status === "exited";
    return ran;
  } finally {
    if (!ended) await task?.stop(context);
  }
}

interface Task {
  readonly task: string;
  readonly line: string;
  /** File of the output, with variables of cmd.exe. */
  readonly output: string;
  readonly user: string;
  readonly hasPassword: boolean;
}

/** Returns the definition of a task (Task Scheduler schema 1.2) that runs a line of cmd.exe and writes its output to a file. */
function taskDefinition({ line, output, user, hasPassword }: Task): string {
  return `<?xml version="1.0" encoding="UTF-16"?>
<Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">
  <RegistrationInfo><Description>Elevated command of an image build</Description></RegistrationInfo>
  <Principals>
    <Principal id="Author">
      <UserId>${xmlText(user)}</UserId>${hasPassword ? "\n      <LogonType>Password</LogonType>" : ""}
      <RunLevel>HighestAvailable</RunLevel>
    </Principal>
  </Principals>
  <Settings>
    <AllowStartOnDemand>true</AllowStartOnDemand>
    <AllowHardTerminate>true</AllowHardTerminate>
    <DisallowStartIfOnBatteries>false</DisallowStartIfOnBatteries>
    <StopIfGoingOnBatteries>false</StopIfGoingOnBatteries>
    <RunOnlyIfNetworkAvailable>false</RunOnlyIfNetworkAvailable>
    <ExecutionTimeLimit>PT0S</ExecutionTimeLimit>
    <Priority>4</Priority>
  </Settings>
  <Actions Context="Author">
    <Exec>
      <Command>cmd</Command>
      <Arguments>/c ${xmlText(`${line} > ${output} 2>&1`)}</Arguments>
    </Exec>
  </Actions>
</Task>`;
}

/**
 * Returns the script that registers and runs the task. It writes the task's output to its own standard output while the task runs: as
 * UTF-8, whatever code page the programs of the task use. State 3 is ready, 2 queued and 4 running; 267011 is the result of a task
 * that has not run yet (Task Scheduler, IRegisteredTask).
 */
function runnerScript(task: Task): string {
  return `$ErrorActionPreference = 'Stop'
$name = ${literal(task.task)}
$user = ${literal(task.user)}
$log = [Environment]::ExpandEnvironmentVariables(${literal(task.output)})
$definition = @'
${taskDefinition(task)}
'@
$secret = $null
$logon = 5
${task.hasPassword ? "$secret = [Text.Encoding]::UTF8.GetString([Convert]::FromBase64String([Console]::In.ReadLine()))\n$logon = 1" : ""}
$oem = [Text.Encoding]::GetEncoding([int](Get-ItemProperty 'HKLM:\\SYSTEM\\CurrentControlSet\\Control\\Nls\\CodePage').OEMCP)
$strict = New-Object Text.UTF8Encoding($false, $true)
$stdout = [Console]::OpenStandardOutput()
$reader = $null
$rest = New-Object IO.MemoryStream
function Show-Bytes {
  $bytes = $rest.ToArray()
  $rest.SetLength(0)
  try { [void]$strict.GetCharCount($bytes) } catch { $bytes = $strict.GetBytes($oem.GetString($bytes)) }
  $stdout.Write($bytes, 0, $bytes.Length)
}
function Show-Output {
  if ($null -eq $script:reader) {
    if (-not (Test-Path -LiteralPath $log)) { return }
    $script:reader = New-Object IO.FileStream($log, [IO.FileMode]::Open, [IO.FileAccess]::Read, [IO.FileShare]'ReadWrite, Delete')
  }
  $buffer = New-Object byte[] 32768
  while (($count = $script:reader.Read($buffer, 0, $buffer.Length)) -gt 0) {
    $line = [Array]::LastIndexOf($buffer, [byte]10, $count - 1) + 1
    if ($line -gt 0) {
      $rest.Write($buffer, 0, $line)
      Show-Bytes
    }
    $rest.Write($buffer, $line, $count - $line)
    if ($rest.Length -gt 65536) { Show-Bytes }
  }
  $stdout.Flush()
}
$folder = $null
$result = 1
try {
  $service = New-Object -ComObject "Schedule.Service"
  $service.Connect()
  $folder = $service.GetFolder('\\')
  $new = $service.NewTask(0)
  $new.XmlText = $definition
  $task = $folder.RegisterTaskDefinition($name, $new, 6, $user, $secret, $logon, $null)
  $secret = $null
  [void]$task.Run($null)
  $waiting = [Diagnostics.Stopwatch]::StartNew()
  $started = $false
  do {
    Start-Sleep -Milliseconds 100
    $state = $task.State
    if ($state -eq 4 -or $task.LastTaskResult -ne 267011) { $started = $true }
    if (-not $started -and $waiting.Elapsed.TotalSeconds -gt 60) {
      throw "The scheduled task of user '$user' did not start within 60 seconds. The user needs the right to log on as a batch job."
    }
    Show-Output
  } while ($state -eq 4 -or $state -eq 2 -or -not $started)
  Show-Output
  Show-Bytes
  $stdout.Flush()
  $result = $task.LastTaskResult
} catch {
  Write-Error -ErrorAction Continue -ErrorRecord $_ # An error occurred in the runner
} finally {
  if ($null -ne $reader) { $reader.Dispose() }
  if ($null -ne $folder) { try { $folder.DeleteTask($name, 0) } catch { $null } }
  Remove-Item -LiteralPath $log, $MyInvocation.MyCommand.Path -Force -ErrorAction SilentlyContinue
}
exit $result
`;
}

/**
 * Returns the script that ends a task, its programs with their children, and its runner: their command lines have the id. packer-cleanup
 * names the script in logs.
 */
function stopScript(id: string, task: string, output: string): string {
  return `# packer-cleanup
$ErrorActionPreference = 'SilentlyContinue'
function Stop-Tree($parent) {
  Get-WmiObject Win32_Process -Filter "ParentProcessId=$parent" | ForEach-Object { Stop-Tree $_.ProcessId }
  Stop-Process -Id $parent -Force
}
Get-WmiObject Win32_Process | Where-Object { $_.CommandLine -like '*${id}*' } | ForEach-Object { Stop-Tree $_.ProcessId }
schtasks.exe /end /tn ${task} 2>&1 | Out-Null
schtasks.exe /delete /f /tn ${task} 2>&1 | Out-Null
Remove-Item -Force -LiteralPath ([Environment]::ExpandEnvironmentVariables(${literal(output)}))
exit 0
`;
}
