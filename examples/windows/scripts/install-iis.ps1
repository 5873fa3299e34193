$ErrorActionPreference = 'Stop'
$result = Install-WindowsFeature -Name Web-Server -IncludeManagementTools
if (-not $result.Success) { throw 'IIS could not be installed' }
Set-Service -Name W3SVC -StartupType Automatic
New-Item -ItemType Directory -Force -Path C:/ProgramData/site | Out-Null
Set-Content -Path C:/ProgramData/site/name.txt -Value $env:SITE_NAME
Write-Host "IIS is installed for the site $env:SITE_NAME"
exit 0
