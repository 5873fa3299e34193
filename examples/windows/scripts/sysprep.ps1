# EC2Launch v2 (Windows Server 2022 and later): a new password and user data for each instance of the AMI, then sysprep and shutdown.
$ErrorActionPreference = 'Stop'
$launch = "$env:ProgramFiles/Amazon/EC2Launch/EC2Launch.exe"
& $launch reset --block
if ($LASTEXITCODE) { exit $LASTEXITCODE }
& $launch sysprep --shutdown --block
exit $LASTEXITCODE
