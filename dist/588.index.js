"use strict";exports.id=588,exports.ids=[588],exports.modules={70588:((__unused_webpack_module,__webpack_exports__,__webpack_require__)=>{__webpack_require__.r(__webpack_exports__),__webpack_require__.d(__webpack_exports__,{run:()=>run});var node_fs_promises__WEBPACK_IMPORTED_MODULE_0__=__webpack_require__(51455),node_fs_promises__WEBPACK_IMPORTED_MODULE_0___default=__webpack_require__.n(node_fs_promises__WEBPACK_IMPORTED_MODULE_0__),node_path__WEBPACK_IMPORTED_MODULE_1__=__webpack_require__(76760),node_path__WEBPACK_IMPORTED_MODULE_1___default=__webpack_require__.n(node_path__WEBPACK_IMPORTED_MODULE_1__),_command_run_js__WEBPACK_IMPORTED_MODULE_2__=__webpack_require__(80589),_guest_js__WEBPACK_IMPORTED_MODULE_3__=__webpack_require__(44128),_local_files_js__WEBPACK_IMPORTED_MODULE_4__=__webpack_require__(31569),_run_remote_js__WEBPACK_IMPORTED_MODULE_5__=__webpack_require__(41992),_windows_clean_js__WEBPACK_IMPORTED_MODULE_6__=__webpack_require__(35515),_windows_elevated_js__WEBPACK_IMPORTED_MODULE_7__=__webpack_require__(72498);const STAGING={unix:"/tmp/packer-puppet-masterless",windows:"C:/Windows/Temp/packer-puppet-masterless"},NOT_FOUND={unix:`Install Puppet with a shell provisioner before this one, and set "puppet_bin_dir" to its directory, for example "/opt/puppetlabs/bin". The PATH of sudo differs from the login user's.`,windows:'Install Puppet with a powershell provisioner before this one, and set "puppet_bin_dir" to its directory, for example "C:/PROGRA~1/PUPPET~1/Puppet/bin". A new PATH is not in open sessions.'};async function run(options,context){const{narrator}=context,os=(0,_guest_js__WEBPACK_IMPORTED_MODULE_3__.jj)(options.guest_os_type,context),staging=options.staging_directory||STAGING[os],machine=(0,_guest_js__WEBPACK_IMPORTED_MODULE_3__.B9)(context,!options.prevent_sudo,os);narrator.say("Provisioning with Puppet..."),narrator.message("Creating Puppet staging directory..."),await machine.makeOpenDirectory(staging);const fields=await upload(options,staging,machine,context),command=puppetCommand(options,fields,os);narrator.message(`Running Puppet: ${command}`);const ran=options.elevated_user?await runElevated(command,options.elevated_user,options,context):await(0,_run_remote_js__WEBPACK_IMPORTED_MODULE_5__.Q5)(context,command),{end}=ran;if(!(end.status==="exited"&&(end.code===0||end.code===2))&&(end.status==="disconnected"||!options.ignore_exit_codes)){const hint=(0,_guest_js__WEBPACK_IMPORTED_MODULE_3__.c4)(ran,"puppet")?NOT_FOUND[os]:hintFor(end.status==="exited"?end.code:void 0);throw(0,_command_run_js__WEBPACK_IMPORTED_MODULE_2__.QA)(ran,{tool:"Puppet",code:"puppet-failed",hint},context)}options.clean_staging_directory&&await machine.removeDirectory(staging)}async function runElevated(command,user,options,context){const{narrator,data,surroundings,machine,signal}=context,password=options.elevated_password?.render(data)??"";password!==""&&narrator.secret(password);const task=(0,_windows_elevated_js__WEBPACK_IMPORTED_MODULE_7__.G)(command,{name:user,password},surroundings.ids.uuid());let failed=!0;try{const ran=await(0,_windows_elevated_js__WEBPACK_IMPORTED_MODULE_7__.Z)(task,context,async()=>(await machine.communicator.uploadFiles([task.runner],{signal}),(0,_run_remote_js__WEBPACK_IMPORTED_MODULE_5__.Q5)(context,task.line,task.input)));return failed=!1,ran}finally{await(0,_windows_clean_js__WEBPACK_IMPORTED_MODULE_6__.W)([task.runner.destination],failed,context)}}function hintFor(code){return code===4||code===6?"Check the output of Puppet for the failed resources.":"Check the output of Puppet for why the manifest was not applied."}async function upload(options,staging,machine,context){const{narrator,settings,identity}=context,os=(0,_guest_js__WEBPACK_IMPORTED_MODULE_3__.jj)(options.guest_os_type,context),joiner=os==="windows"?";":":";options.hiera_config_path&&(narrator.message("Uploading hiera configuration..."),await machine.uploadFile(options.hiera_config_path,`${staging}/hiera.yaml`)),options.manifest_dir&&(narrator.message(`Uploading manifest directory from: ${options.manifest_dir}`),await machine.uploadContents(options.manifest_dir,`${staging}/manifests`));for(const[index,path]of options.module_paths.entries())narrator.message(`Uploading local modules from: ${path}`),await machine.uploadContents(path,`${staging}/module-${index}`);const manifest=await uploadManifest(options.manifest_file,`${staging}/manifests`,machine,context);return{Debug:settings.debug,FacterVars:facterVariables(options.facter,identity,os),HieraConfigPath:options.hiera_config_path?`${staging}/hiera.yaml`:"",ManifestDir:options.manifest_dir?`${staging}/manifests`:"",ManifestFile:manifest,ModulePath:options.module_paths.map((_path,index)=>`${staging}/module-${index}`).join(joiner),ModulePathJoiner:joiner,PuppetBinDir:options.puppet_bin_dir??"",Sudo:!options.prevent_sudo,WorkingDir:options.working_directory||staging}}async function uploadManifest(source,target,machine,{narrator,surroundings}){return narrator.message("Uploading manifests..."),await machine.makeOpenDirectory(target),(await(0,node_fs_promises__WEBPACK_IMPORTED_MODULE_0__.stat)((0,_local_files_js__WEBPACK_IMPORTED_MODULE_4__.$S)(source,surroundings.cwd))).isDirectory()?(narrator.message(`Uploading manifest directory from: ${source}`),await machine.uploadContents(source,target),target):(narrator.message(`Uploading manifest file from: ${source}`),await machine.uploadFile(source,`${target}/${(0,node_path__WEBPACK_IMPORTED_MODULE_1__.basename)(source)}`),`${target}/${(0,node_path__WEBPACK_IMPORTED_MODULE_1__.basename)(source)}`)}function facterVariables(given,identity,os){const facts={...given,packer_build_name:identity.shortName,packer_builder_type:identity.builderType},sorted=Object.entries(facts).sort(([a],[b])=>a<b?-1:1);return os==="windows"?sorted.map(([name,value])=>`SET "FACTER_${name}=${value}"`).join(" & "):sorted.map(([name,value])=>`FACTER_${name}='${value.replaceAll("'",`'"'"'`)}'`).join(" ")}function puppetCommand(options,fields,os){const extra=options.extra_arguments?.render({...fields,ExtraArguments:""})??"";if(options.execute_command)return options.execute_command.render({...fields,ExtraArguments:extra});const windows=os==="windows",quote=windows?'"':"'",directory=fields.PuppetBinDir?`${fields.PuppetBinDir}/`:"",program=windows?`call "${directory.replaceAll("/","\\")}puppet"`:`${directory}puppet`;return[`cd ${windows?"/d ":""}${fields.WorkingDir} &&`,windows?`${fields.FacterVars} &&`:fields.FacterVars,...fields.Sudo&&!windows?["sudo -E"]:[],`${program} apply --detailed-exitcodes`,...fields.Debug?["--debug"]:[],...fields.ModulePath?[`--modulepath=${quote}${fields.ModulePath}${quote}`]:[],...fields.HieraConfigPath?[`--hiera_config=${quote}${fields.HieraConfigPath}${quote}`]:[],...fields.ManifestDir?[`--manifestdir=${quote}${fields.ManifestDir}${quote}`]:[],...extra?[extra]:[],fields.ManifestFile].join(" ")}}),35515:((__unused_webpack_module,__webpack_exports__,__webpack_require__)=>{__webpack_require__.d(__webpack_exports__,{W:()=>removeFiles});var _core_communicator_js__WEBPACK_IMPORTED_MODULE_2__=__webpack_require__(62687),_core_errors_js__WEBPACK_IMPORTED_MODULE_0__=__webpack_require__(43),_run_remote_js__WEBPACK_IMPORTED_MODULE_1__=__webpack_require__(41992),_quote_js__WEBPACK_IMPORTED_MODULE_3__=__webpack_require__(9402);const PATIENT=6e4,BRIEF=15e3;async function removeFiles(paths,failed,context){const own=failed?{...context,signal:AbortSignal.timeout(BRIEF)}:context;try{(failed?await remove(paths,own):await(0,_run_remote_js__WEBPACK_IMPORTED_MODULE_1__.uw)(own,PATIENT,()=>remove(paths,own)))!==0&&warn(paths,"a file is in use or protected",context)}catch(error){if(failed||!context.signal.aborted)return warn(paths,(0,_core_errors_js__WEBPACK_IMPORTED_MODULE_0__.bD)(error),context);throw await removeFiles(paths,!0,context),error}}async function remove(paths,context){const{end}=await(0,_run_remote_js__WEBPACK_IMPORTED_MODULE_1__.Zz)(context,removeCommand(paths));if(end.status==="exited")return end.code;throw new _core_errors_js__WEBPACK_IMPORTED_MODULE_0__.oU(`The connection was lost${(0,_core_communicator_js__WEBPACK_IMPORTED_MODULE_2__.VY)(end)}`,{code:"ssh-disconnected"})}function removeCommand(paths){const names=[...new Set(paths)].map(path=>(0,_quote_js__WEBPACK_IMPORTED_MODULE_3__.YR)(path.replaceAll("/","\\"))),checks=names.map(name=>`(if exist ${name} exit 1)`);return[`del /f /q ${names.join(" ")}`,...checks,"exit 0","rem packer-cleanup"].join(" & ")}function warn(paths,why,{narrator,range}){narrator.warn({code:"files-left-on-machine",summary:`Could not remove ${paths.map(path=>`"${path}"`).join(", ")} from the machine: ${why}`,hint:"Remove them before you share an image of this machine. They can have secrets in them.",range})}}),72498:((__unused_webpack_module,__webpack_exports__,__webpack_require__)=>{__webpack_require__.d(__webpack_exports__,{G:()=>elevatedCommand,Z:()=>runTask});var _run_remote_js__WEBPACK_IMPORTED_MODULE_0__=__webpack_require__(41992),_quote_js__WEBPACK_IMPORTED_MODULE_1__=__webpack_require__(9402);const STOP_LIMIT=3e4;function elevatedCommand(line,user,id){const task=`packer-${id}`,path=`C:/Windows/Temp/packer-elevated-shell-${id}.ps1`,output=`%SYSTEMROOT%\\Temp\\${task}.out`,hasPassword=user.password!=="",text=runnerScript({task,line,output,user:user.name,hasPassword});return{runner:{source:{from:"memory",content:(0,_quote_js__WEBPACK_IMPORTED_MODULE_1__.xw)(text),mode:384},destination:path},line:`powershell -executionpolicy bypass -file "${path}"`,input:hasPassword?Buffer.from(`${Buffer.from(user.password).toString("base64")}
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
`}})};
