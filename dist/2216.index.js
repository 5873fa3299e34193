"use strict";exports.id=2216,exports.ids=[2216],exports.modules={52216:((__unused_webpack_module,__webpack_exports__,__webpack_require__)=>{__webpack_require__.r(__webpack_exports__),__webpack_require__.d(__webpack_exports__,{run:()=>run});var communicator=__webpack_require__(62687),errors=__webpack_require__(43),core_text=__webpack_require__(95487),command_run=__webpack_require__(80589),run_remote=__webpack_require__(41992),clean=__webpack_require__(35515),elevated=__webpack_require__(72498),quote=__webpack_require__(9402),restart=__webpack_require__(87025);const RESTART=101,MORE=102;function updateScript(options){return`$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'
$filters = @(${options.filters.map(quote.eu).join(", ")})
$limit = ${options.update_limit||1e3}
trap {
  Write-Output "ERROR: $_"
  Write-Output $_.InvocationInfo.PositionMessage
  exit 1
}
function Test-Wanted($update) {
  foreach ($filter in $filters) {
    $action, $expression = $filter.Split(':', 2)
    if ($update | Where-Object -FilterScript ([ScriptBlock]::Create($expression))) { return ($action -eq 'include') }
  }
  return $false
}
if ((New-Object -ComObject Microsoft.Update.SystemInfo).RebootRequired) {
  Write-Output 'A restart is pending.'
  exit ${RESTART}
}
$session = New-Object -ComObject Microsoft.Update.Session
$session.ClientApplicationID = 'bake-ami'
Write-Output 'Searching for updates...'
$found = $session.CreateUpdateSearcher().Search(${(0,quote.eu)(options.search_criteria)}).Updates
$wanted = New-Object -ComObject Microsoft.Update.UpdateColl
$more = $false
for ($i = 0; $i -lt $found.Count; $i++) {
  $update = $found.Item($i)
  $title = '{0} ({1:0.#} MB)' -f $update.Title, ($update.MaxDownloadSize / 1048576)
  if ($update.InstallationBehavior.CanRequestUserInput) {
    Write-Output "Skipped, because it can ask questions: $title"
  } elseif (-not (Test-Wanted $update)) {
    Write-Output "Skipped by the filters: $title"
  } elseif ($wanted.Count -ge $limit) {
    $more = $true
  } else {
    Write-Output "Found: $title"
    if (-not $update.EulaAccepted) { $update.AcceptEula() }
    [void]$wanted.Add($update)
  }
}
if ($wanted.Count -eq 0) {
  Write-Output 'No updates to install.'
  exit 0
}
Write-Output "Downloading $($wanted.Count) updates..."
$downloader = $session.CreateUpdateDownloader()
$downloader.Updates = $wanted
$downloaded = $downloader.Download()
if ($downloaded.ResultCode -ne 2 -and $downloaded.ResultCode -ne 3) {
  throw ('The download failed with result code {0} (0x{1:X8}).' -f $downloaded.ResultCode, $downloaded.HResult)
}
$ready = New-Object -ComObject Microsoft.Update.UpdateColl
for ($i = 0; $i -lt $wanted.Count; $i++) {
  if ($wanted.Item($i).IsDownloaded) { [void]$ready.Add($wanted.Item($i)) } else { Write-Output "Not downloaded: $($wanted.Item($i).Title)" }
}
if ($ready.Count -eq 0) { throw 'No update was downloaded.' }
Write-Output "Installing $($ready.Count) updates..."
$installer = $session.CreateUpdateInstaller()
$installer.Updates = $ready
$installed = $installer.Install()
for ($i = 0; $i -lt $ready.Count; $i++) {
  $result = $installed.GetUpdateResult($i)
  if ($result.ResultCode -ne 2) {
    Write-Output ('Not installed, result code {0} (0x{1:X8}): {2}' -f $result.ResultCode, $result.HResult, $ready.Item($i).Title)
  }
}
if ($installed.RebootRequired) { exit ${RESTART} }
if ($installed.ResultCode -ne 2 -or $ready.Count -lt $wanted.Count) { throw 'Some updates were not installed.' }
if ($more) { exit ${MORE} }
Write-Output 'All updates are installed.'
exit 0
`}const START_RETRY=3e5,RETRY_DELAY=5e3,MOST_ROUNDS=50,RESTART_AS_HRESULT=[2147942501,-2147024795];async function run(options,context){const password=options.password?.render(context.data)??"";password!==""&&context.narrator.secret(password);const path=`C:/Windows/Temp/packer-windows-update-${context.surroundings.ids.uuid()}.ps1`;try{await installAll(path,{name:options.username||"SYSTEM",password},options,context)}catch(error){throw await(0,clean.W)([path],!0,context),error}await(0,clean.W)([path],!1,context)}async function installAll(path,user,options,context){const{narrator,range}=context;for(let round=0;round<MOST_ROUNDS;round++){narrator.say("Running Windows update...");const code=await install(path,user,options,context);if(code===0)return;code!==MORE&&await(0,restart.J)({command:'shutdown.exe -f -r -t 0 -c "packer restart"',timeout:options.restart_timeout||144e5,checkCommand:void 0,pendingKeys:[]},context)}throw new errors.oU(`Windows still has updates to install after ${MOST_ROUNDS} installations`,{code:"windows-update-endless",hint:'Exclude the update that is found each time with "filters".',range})}async function install(path,user,options,context){const{narrator,surroundings,signal,range}=context,tries=options.update_max_retries||5;for(let attempt=1;;attempt++){const ran=await runOnce(path,user,options,context),code=(0,command_run.I$)(ran.end);if(code===0||code===MORE)return code;if(code===RESTART||RESTART_AS_HRESULT.includes(code))return RESTART;const how=ran.end.status==="exited"?`exit status ${code}`:`connection lost${(0,communicator.VY)(ran.end)}`;if(attempt>=tries)throw new errors.oU(`Windows update failed: ${how}`,{code:"windows-update-failed",hint:"Check the output of the script, and C:\\Windows\\Logs\\WindowsUpdate on the machine.",detail:(0,command_run.rZ)(ran),range});narrator.message(`Windows update failed (${how}). Trying again in ${(0,core_text.a3)(RETRY_DELAY)}...`),await surroundings.clock.sleep(RETRY_DELAY,signal)}}async function runOnce(path,user,options,context){const{communicator:communicator2}=context.machine,line=`powershell -executionpolicy bypass -file ${path}`,task=(0,elevated.G)(line,user,context.surroundings.ids.uuid()),files=[{source:{from:"memory",content:(0,quote.xw)(updateScript(options)),mode:384},destination:path},task.runner];return(0,elevated.Z)(task,context,()=>(0,run_remote.uw)(context,START_RETRY,async()=>(await communicator2.uploadFiles(files,{signal:context.signal}),(0,run_remote.Q5)(context,task.line,task.input))))}}),35515:((__unused_webpack_module,__webpack_exports__,__webpack_require__)=>{__webpack_require__.d(__webpack_exports__,{W:()=>removeFiles});var _core_communicator_js__WEBPACK_IMPORTED_MODULE_2__=__webpack_require__(62687),_core_errors_js__WEBPACK_IMPORTED_MODULE_0__=__webpack_require__(43),_run_remote_js__WEBPACK_IMPORTED_MODULE_1__=__webpack_require__(41992),_quote_js__WEBPACK_IMPORTED_MODULE_3__=__webpack_require__(9402);const PATIENT=6e4,BRIEF=15e3;async function removeFiles(paths,failed,context){const own=failed?{...context,signal:AbortSignal.timeout(BRIEF)}:context;try{(failed?await remove(paths,own):await(0,_run_remote_js__WEBPACK_IMPORTED_MODULE_1__.uw)(own,PATIENT,()=>remove(paths,own)))!==0&&warn(paths,"a file is in use or protected",context)}catch(error){if(failed||!context.signal.aborted)return warn(paths,(0,_core_errors_js__WEBPACK_IMPORTED_MODULE_0__.bD)(error),context);throw await removeFiles(paths,!0,context),error}}async function remove(paths,context){const{end}=await(0,_run_remote_js__WEBPACK_IMPORTED_MODULE_1__.Zz)(context,removeCommand(paths));if(end.status==="exited")return end.code;throw new _core_errors_js__WEBPACK_IMPORTED_MODULE_0__.oU(`The connection was lost${(0,_core_communicator_js__WEBPACK_IMPORTED_MODULE_2__.VY)(end)}`,{code:"ssh-disconnected"})}function removeCommand(paths){const names=[...new Set(paths)].map(path=>(0,_quote_js__WEBPACK_IMPORTED_MODULE_3__.YR)(path.replaceAll("/","\\"))),checks=names.map(name=>`(if exist ${name} exit 1)`);return[`del /f /q ${names.join(" ")}`,...checks,"exit 0","rem packer-cleanup"].join(" & ")}function warn(paths,why,{narrator,range}){narrator.warn({code:"files-left-on-machine",summary:`Could not remove ${paths.map(path=>`"${path}"`).join(", ")} from the machine: ${why}`,hint:"Remove them before you share an image of this machine. They can have secrets in them.",range})}}),72498:((__unused_webpack_module,__webpack_exports__,__webpack_require__)=>{__webpack_require__.d(__webpack_exports__,{G:()=>elevatedCommand,Z:()=>runTask});var _run_remote_js__WEBPACK_IMPORTED_MODULE_0__=__webpack_require__(41992),_quote_js__WEBPACK_IMPORTED_MODULE_1__=__webpack_require__(9402);const STOP_LIMIT=3e4;function elevatedCommand(line,user,id){const task=`packer-${id}`,path=`C:/Windows/Temp/packer-elevated-shell-${id}.ps1`,output=`%SYSTEMROOT%\\Temp\\${task}.out`,hasPassword=user.password!=="",text=runnerScript({task,line,output,user:user.name,hasPassword});return{runner:{source:{from:"memory",content:(0,_quote_js__WEBPACK_IMPORTED_MODULE_1__.xw)(text),mode:384},destination:path},line:`powershell -executionpolicy bypass -file "${path}"`,input:hasPassword?Buffer.from(`${Buffer.from(user.password).toString("base64")}
`):void 0,async stop(context){const own={...context,signal:AbortSignal.timeout(STOP_LIMIT)};await(0,_run_remote_js__WEBPACK_IMPORTED_MODULE_0__.Zz)(own,(0,_quote_js__WEBPACK_IMPORTED_MODULE_1__.gY)(stopScript(id,task,output))).catch(()=>{})}}}async function runTask(task,context,run){let ended=!1;try{const ran=await run();return ended=ran.end.status==="exited",ran}finally{ended||await task?.stop(context)}}function taskDefinition({line,output,user,hasPassword}){return`<?xml version="1.0" encoding="UTF-16"?>
<Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">
  <RegistrationInfo><Description>Elevated command of an image build</Description></RegistrationInfo>
  <Principals>
    <Principal id="Author">
      <UserId>${(0,_quote_js__WEBPACK_IMPORTED_MODULE_1__.xK)(user)}</UserId>${hasPassword?`
      <LogonType>Password</LogonType>`:""}
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
      <Arguments>/c ${(0,_quote_js__WEBPACK_IMPORTED_MODULE_1__.xK)(`${line} > ${output} 2>&1`)}</Arguments>
    </Exec>
  </Actions>
</Task>`}function runnerScript(task){return`$ErrorActionPreference = 'Stop'
$name = ${(0,_quote_js__WEBPACK_IMPORTED_MODULE_1__.eu)(task.task)}
$user = ${(0,_quote_js__WEBPACK_IMPORTED_MODULE_1__.eu)(task.user)}
$log = [Environment]::ExpandEnvironmentVariables(${(0,_quote_js__WEBPACK_IMPORTED_MODULE_1__.eu)(task.output)})
$definition = @'
${taskDefinition(task)}
'@
$secret = $null
$logon = 5
${task.hasPassword?`$secret = [Text.Encoding]::UTF8.GetString([Convert]::FromBase64String([Console]::In.ReadLine()))
$logon = 1`:""}
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
`}function stopScript(id,task,output){return`# packer-cleanup
$ErrorActionPreference = 'SilentlyContinue'
function Stop-Tree($parent) {
  Get-WmiObject Win32_Process -Filter "ParentProcessId=$parent" | ForEach-Object { Stop-Tree $_.ProcessId }
  Stop-Process -Id $parent -Force
}
Get-WmiObject Win32_Process | Where-Object { $_.CommandLine -like '*${id}*' } | ForEach-Object { Stop-Tree $_.ProcessId }
schtasks.exe /end /tn ${task} 2>&1 | Out-Null
schtasks.exe /delete /f /tn ${task} 2>&1 | Out-Null
Remove-Item -Force -LiteralPath ([Environment]::ExpandEnvironmentVariables(${(0,_quote_js__WEBPACK_IMPORTED_MODULE_1__.eu)(output)}))
exit 0
`}}),87025:((__unused_webpack_module,__webpack_exports__,__webpack_require__)=>{__webpack_require__.d(__webpack_exports__,{J:()=>restartWindows});var _core_clock_js__WEBPACK_IMPORTED_MODULE_0__=__webpack_require__(66440),_core_errors_js__WEBPACK_IMPORTED_MODULE_1__=__webpack_require__(43),_core_text_js__WEBPACK_IMPORTED_MODULE_5__=__webpack_require__(95487),_command_run_js__WEBPACK_IMPORTED_MODULE_2__=__webpack_require__(80589),_run_remote_js__WEBPACK_IMPORTED_MODULE_3__=__webpack_require__(41992),_quote_js__WEBPACK_IMPORTED_MODULE_4__=__webpack_require__(9402);const FIRST=1e3,INTERVAL=2e3,CHECK_LIMIT=6e4,ACCEPTED=[0,1115,1190],CHECK=`$ProgressPreference = 'SilentlyContinue';echo ("{0} restarted." -f [System.Net.Dns]::GetHostName())
'uptime {0}' -f [int64](1000 * [Diagnostics.Stopwatch]::GetTimestamp() / [Diagnostics.Stopwatch]::Frequency)
`;async function restartWindows(restart,context){const{surroundings,narrator,range}=context,{clock}=surroundings;narrator.say("Restarting Machine");let sent=clock.now();const ran=await(0,_run_remote_js__WEBPACK_IMPORTED_MODULE_3__.uw)(context,restart.timeout,()=>(sent=clock.now(),(0,_run_remote_js__WEBPACK_IMPORTED_MODULE_3__.Q5)(context,restart.command)));if(ran.end.status==="exited"&&!ACCEPTED.includes(ran.end.code))throw new _core_errors_js__WEBPACK_IMPORTED_MODULE_1__.oU(`Restart script exited with non-zero exit status: ${ran.end.code}`,{code:"restart-failed",hint:'Check "restart_command".',detail:(0,_command_run_js__WEBPACK_IMPORTED_MODULE_2__.rZ)(ran),range});narrator.say("Waiting for machine to restart..."),await waitForStart({restart,sent,down:ran.end.status!=="exited",checked:!1},context),narrator.say("Machine successfully restarted, moving on")}async function waitForStart(waiting,context){const{surroundings,narrator,signal}=context,{clock}=surroundings,began=clock.now();for(let pause=FIRST;;pause=INTERVAL){await clock.sleep(pause,signal);const left=waiting.restart.timeout-(clock.now()-began),limit=AbortSignal.timeout(Math.max(1,Math.min(CHECK_LIMIT,left))),reason=await whyNotStarted(waiting,{...context,signal:AbortSignal.any([signal,limit])}).catch(error=>{if((0,_core_clock_js__WEBPACK_IMPORTED_MODULE_0__.Te)(signal),!limit.aborted&&!isNotReady(error))throw error;return waiting.down=!0,limit.aborted?"it does not respond":(0,_core_errors_js__WEBPACK_IMPORTED_MODULE_1__.bD)(error)});if(reason===void 0)return;if(clock.now()-began>=waiting.restart.timeout)throw timedOut(reason,waiting,context);narrator.emit({type:"progress",what:"waiting for the restart",elapsed:clock.now()-began,text:reason})}}function isNotReady(error){return(0,_run_remote_js__WEBPACK_IMPORTED_MODULE_3__.R0)(error)||error instanceof _core_errors_js__WEBPACK_IMPORTED_MODULE_1__.oU&&error.code==="winrm-authentication-failed"}async function whyNotStarted(waiting,context){const{machine,narrator,surroundings}=context,{restart,sent}=waiting;!machine.reachable()&&machine.reconnect&&(waiting.down=!0,await machine.reconnect(context.signal));const asked=surroundings.clock.now(),{end,output}=await(0,_run_remote_js__WEBPACK_IMPORTED_MODULE_3__.Zz)(context,(0,_quote_js__WEBPACK_IMPORTED_MODULE_4__.gY)(CHECK)),name=/^.*restarted\.(?=\r?$)/m.exec(output)?.[0];if(end.status!=="exited"||name===void 0)return"PowerShell does not run yet";const uptime=/^uptime (\d+)/m.exec(output)?.[1];if(!(uptime===void 0?waiting.down:Number(uptime)<asked-sent))return"it has not gone down yet";if(restart.checkCommand&&!waiting.checked){if((await(0,_run_remote_js__WEBPACK_IMPORTED_MODULE_3__.Q5)(context,restart.checkCommand)).end.status==="disconnected")return'the connection was lost during "restart_check_command"';waiting.checked=!0}const pending=await pendingKey(restart.pendingKeys,context);if(pending!==void 0)return pending;narrator.message(name)}async function pendingKey(keys,context){if(keys.length===0)return;const tests=keys.map(key=>`Test-Path "${(0,_quote_js__WEBPACK_IMPORTED_MODULE_4__.Mk)(key)}"`),{end,output}=await(0,_run_remote_js__WEBPACK_IMPORTED_MODULE_3__.Zz)(context,(0,_quote_js__WEBPACK_IMPORTED_MODULE_4__.gY)(["$ProgressPreference = 'SilentlyContinue'",...tests].join(`
`))),found=output.split(/\r?\n/).indexOf("True");return found>=0?`the registry key ${keys[found]??""} says that a restart is pending`:end.status==="exited"&&output.includes("False")?void 0:"the registry cannot be read yet"}function timedOut(reason,{restart,down},{range}){return new _core_errors_js__WEBPACK_IMPORTED_MODULE_1__.oU(`Timeout waiting for machine to restart: after ${(0,_core_text_js__WEBPACK_IMPORTED_MODULE_5__.a3)(restart.timeout)} ${reason}`,{code:"restart-timeout",hint:down?'Increase "restart_timeout" if Windows needs more time, for example to install updates. Otherwise check the screenshot of the instance in the EC2 console.':'Check "restart_command": Windows did not restart.',range})}})};
