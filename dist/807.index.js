"use strict";exports.id=807,exports.ids=[807],exports.modules={63188:((__unused_webpack_module,__webpack_exports__,__webpack_require__)=>{__webpack_require__.r(__webpack_exports__),__webpack_require__.d(__webpack_exports__,{run:()=>run});var external_node_path_=__webpack_require__(76760),errors=__webpack_require__(43),core_text=__webpack_require__(95487),local_files=__webpack_require__(31569),run_remote=__webpack_require__(41992),clean=__webpack_require__(35515),elevated=__webpack_require__(72498),quote=__webpack_require__(9402),script_end=__webpack_require__(84779),scripts=__webpack_require__(80448);function variablesText(options,identity,data){const given={environment_vars:options.environment_vars.map(pair=>pair.render(data)),env:Object.fromEntries(options.env.map(({key,value})=>[key.render(data),value.render(data)]))},format=(options.elevated_user?options.elevated_env_var_format:options.env_var_format)||'$env:%s="%s"; ',variables=(0,scripts.p7)(given,identity).map(([name,value])=>[name,(0,quote.Mk)(value)]);return(0,scripts.f0)(variables,format)}function removesItself(options){return options.inline.length>0&&!options.skip_clean&&!customCommand(options)}function inlineScript(options,variables,paths){const{inline,debug_mode:trace}=options,own=Object.values(paths).map(quote.eu).join(", ");return`if (Test-Path variable:global:ProgressPreference) { $global:ProgressPreference = 'SilentlyContinue' }
${removesItself(options)?`Remove-Item -Force -ErrorAction SilentlyContinue -LiteralPath ${own}
`:""}${trace===0?"":`Set-PSDebug -Trace ${trace}
`}$bakeExitCode = 0
try {
${variables}
${inline.join(`
`)}
} catch {
Write-Error -ErrorAction Continue -ErrorRecord $_ # An error occurred in a line
$bakeExitCode = 1
}
if (Test-Path variable:global:LASTEXITCODE) { if ($global:LASTEXITCODE) { $bakeExitCode = $global:LASTEXITCODE } }
exit $bakeExitCode
`}function executeCommand(options,paths,data){const given=customCommand(options);if(given)return given.render({...data,Path:paths.script,Vars:paths.variables});const program=options.use_pwsh?"pwsh":"powershell",policy=options.execution_policy==="none"?"":` -executionpolicy ${options.execution_policy}`;if(options.inline.length>0)return`${program}${policy} -file ${(0,quote.YR)(paths.script)}`;const quiet="if (Test-Path variable:global:ProgressPreference){set-variable -name variable:global:ProgressPreference -value 'SilentlyContinue'};",trace=options.debug_mode===0?"":`Set-PsDebug -Trace ${options.debug_mode};`,script=paths.script.replaceAll("'","''"),block=`& { ${quiet}${trace}. ${(0,quote.F$)(paths.variables)}; &'${script}'; exit $LastExitCode }`;return`${program}${policy} ${options.use_pwsh?"-command ":""}"${block}"`}function customCommand(options){const given=options.elevated_user?options.elevated_execute_command:options.execute_command;return given?.source?given:void 0}async function run(options,context){const{surroundings,signal,narrator,data}=context;narrator.say("Provisioning with Powershell...");const password=options.elevated_password?.render(data)??"";password!==""&&narrator.secret(password);const job={variables:variablesText(options,context.identity,data),password,files:new Set};try{for(const script of scriptsOf(options,job.variables,context))narrator.say(`Provisioning with powershell script: ${script.name}`),await runScript(script,job,options,context)}catch(error){throw error instanceof errors.oU&&error.code==="machine-unreachable"||await run_clean(job,options,!0,context),error}await run_clean(job,options,!1,context),options.pause_after>0&&(narrator.say(`Pausing ${(0,core_text.a3)(options.pause_after)} after this provisioner...`),await surroundings.clock.sleep(options.pause_after,signal))}function scriptsOf(options,variables,context){const{ids}=context.surroundings,variablesPath=options.remote_env_var_path||`c:/Windows/Temp/packer-ps-env-vars-${ids.uuid()}.ps1`,generated=`script-${ids.uuid()}.ps1`,given=options.remote_path||`c:/Windows/Temp/${generated}`,paths=name=>({script:/[/\\]$/.test(given)?given+name:given,variables:variablesPath});if(options.inline.length>0){const own=paths(generated),content=(0,quote.xw)(inlineScript(options,variables,own));return[{name:"inline script",paths:own,read:async()=>content}]}return(options.script?[options.script]:options.scripts).map(path=>({name:path,paths:paths((0,external_node_path_.basename)(path)),read:()=>(0,local_files.MM)(path,context,{code:"script-unreadable",kind:"script"})}))}async function run_clean({files},options,failed,context){const paths=[...files].filter(path=>!options.skip_clean||path.includes("packer-elevated-shell-"));paths.length>0&&await(0,clean.W)(paths,failed,context)}async function runScript(script,job,options,context){const line=executeCommand(options,script.paths,context.data),user=options.elevated_user,task=user?(0,elevated.G)(line,{name:user,password:job.password},context.surroundings.ids.uuid()):void 0,files=[upload((0,quote.xw)(job.variables),script.paths.variables),...task?[task.runner]:[],upload(await script.read(),script.paths.script)];for(const{destination}of files)job.files.add(destination);const ran=await(0,elevated.Z)(task,context,()=>start(files,task??{line,input:void 0},options,context));if(ran.end.status==="disconnected"&&removesItself(options))for(const path of Object.values(script.paths))job.files.delete(path);(0,script_end.c)(script.name,ran,options,context)}function upload(content,destination){return{source:{from:"memory",content,mode:384},destination}}function start(files,command,options,context){return(0,run_remote.uw)(context,options.start_retry_timeout,async()=>(await context.machine.communicator.uploadFiles(files,{signal:context.signal}),(0,run_remote.Q5)(context,command.line,command.input)))}}),35515:((__unused_webpack_module,__webpack_exports__,__webpack_require__)=>{__webpack_require__.d(__webpack_exports__,{W:()=>removeFiles});var _core_communicator_js__WEBPACK_IMPORTED_MODULE_2__=__webpack_require__(62687),_core_errors_js__WEBPACK_IMPORTED_MODULE_0__=__webpack_require__(43),_run_remote_js__WEBPACK_IMPORTED_MODULE_1__=__webpack_require__(41992),_quote_js__WEBPACK_IMPORTED_MODULE_3__=__webpack_require__(9402);const PATIENT=6e4,BRIEF=15e3;async function removeFiles(paths,failed,context){const own=failed?{...context,signal:AbortSignal.timeout(BRIEF)}:context;try{(failed?await remove(paths,own):await(0,_run_remote_js__WEBPACK_IMPORTED_MODULE_1__.uw)(own,PATIENT,()=>remove(paths,own)))!==0&&warn(paths,"a file is in use or protected",context)}catch(error){if(failed||!context.signal.aborted)return warn(paths,(0,_core_errors_js__WEBPACK_IMPORTED_MODULE_0__.bD)(error),context);throw await removeFiles(paths,!0,context),error}}async function remove(paths,context){const{end}=await(0,_run_remote_js__WEBPACK_IMPORTED_MODULE_1__.Zz)(context,removeCommand(paths));if(end.status==="exited")return end.code;throw new _core_errors_js__WEBPACK_IMPORTED_MODULE_0__.oU(`The connection was lost${(0,_core_communicator_js__WEBPACK_IMPORTED_MODULE_2__.VY)(end)}`,{code:"ssh-disconnected"})}function removeCommand(paths){const names=[...new Set(paths)].map(path=>(0,_quote_js__WEBPACK_IMPORTED_MODULE_3__.YR)(path.replaceAll("/","\\"))),checks=names.map(name=>`(if exist ${name} exit 1)`);return[`del /f /q ${names.join(" ")}`,...checks,"exit 0","rem packer-cleanup"].join(" & ")}function warn(paths,why,{narrator,range}){narrator.warn({code:"files-left-on-machine",summary:`Could not remove ${paths.map(path=>`"${path}"`).join(", ")} from the machine: ${why}`,hint:"Remove them before you share an image of this machine. They can have secrets in them.",range})}}),72498:((__unused_webpack_module,__webpack_exports__,__webpack_require__)=>{__webpack_require__.d(__webpack_exports__,{G:()=>elevatedCommand,Z:()=>runTask});var _run_remote_js__WEBPACK_IMPORTED_MODULE_0__=__webpack_require__(41992),_quote_js__WEBPACK_IMPORTED_MODULE_1__=__webpack_require__(9402);const STOP_LIMIT=3e4;function elevatedCommand(line,user,id){const task=`packer-${id}`,path=`C:/Windows/Temp/packer-elevated-shell-${id}.ps1`,output=`%SYSTEMROOT%\\Temp\\${task}.out`,hasPassword=user.password!=="",text=runnerScript({task,line,output,user:user.name,hasPassword});return{runner:{source:{from:"memory",content:(0,_quote_js__WEBPACK_IMPORTED_MODULE_1__.xw)(text),mode:384},destination:path},line:`powershell -executionpolicy bypass -file "${path}"`,input:hasPassword?Buffer.from(`${Buffer.from(user.password).toString("base64")}
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
`}}),84779:((__unused_webpack_module,__webpack_exports__,__webpack_require__)=>{__webpack_require__.d(__webpack_exports__,{c:()=>checkEnd});var _core_communicator_js__WEBPACK_IMPORTED_MODULE_3__=__webpack_require__(62687),_core_errors_js__WEBPACK_IMPORTED_MODULE_0__=__webpack_require__(43),_command_run_js__WEBPACK_IMPORTED_MODULE_1__=__webpack_require__(80589),_scripts_js__WEBPACK_IMPORTED_MODULE_2__=__webpack_require__(80448);function checkEnd(name,run,{valid_exit_codes:valid},{range}){const code=(0,_command_run_js__WEBPACK_IMPORTED_MODULE_1__.I$)(run.end);if(!valid.includes(code))throw code!==_command_run_js__WEBPACK_IMPORTED_MODULE_1__._N?(0,_scripts_js__WEBPACK_IMPORTED_MODULE_2__.t9)(name,run,valid,{hint:"Check the output of the script.",range}):new _core_errors_js__WEBPACK_IMPORTED_MODULE_0__.oU(`${name}: Script disconnected unexpectedly${(0,_core_communicator_js__WEBPACK_IMPORTED_MODULE_3__.VY)(run.end)}`,{code:"script-disconnected",hint:`The script is not started a second time. Restart Windows with the windows-restart provisioner, or accept the disconnect: set "valid_exit_codes" to [0, ${_command_run_js__WEBPACK_IMPORTED_MODULE_1__._N}].`,detail:(0,_command_run_js__WEBPACK_IMPORTED_MODULE_1__.rZ)(run),range})}})};
