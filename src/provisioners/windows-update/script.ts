import { literal } from "../windows/quote.js";
import type { WindowsUpdateOptions } from "./options.js";

/** Exit codes of the script: Windows must restart; more updates are left than were installed at a time. */
export const RESTART = 101;
export const MORE = 102;

/**
 * Returns the script that searches for updates, downloads and installs them (Windows Update Agent API: IUpdateSearcher,
 * IUpdateDownloader, IUpdateInstaller). Its result codes are 2 for success and 3 for success with errors. It exits with 0 when nothing is
 * left to install.
 */
export function updateScript(options: WindowsUpdateOptions): string {
  const filters = options.filters.map(literal).join(", ");
  return `$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'
$filters = @(${filters})
$limit = ${options.update_limit || 1000}
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
$found = $session.CreateUpdateSearcher().Search(${literal(options.search_criteria)}).Updates
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
`;
}
