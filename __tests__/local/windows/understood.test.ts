import { describe, expect, test } from "@jest/globals";
import { accountsOf } from "../../../src/local/windows/accounts.js";
import { windowsPath } from "../../../src/local/windows/files.js";
import { expectedOutput } from "../../../src/local/windows/outcome.js";
import { openPower, powerOf } from "../../../src/local/windows/power.js";

describe("the power of a Windows stand-in is changed by", () => {
  test.each<[string, ReturnType<typeof powerOf>]>([
    ['shutdown /r /f /t 0 /c "packer restart"', { what: "reboot", delay: 0 }],
    ["shutdown.exe -r -t 5", { what: "reboot", delay: 5000 }],
    ["shutdown /s", { what: "poweroff", delay: 30_000 }],
    ["shutdown /a", { what: "abort" }],
    ["Write-Host x\r\n  Restart-Computer -Force", { what: "reboot", delay: 0 }],
    ["Stop-Computer", { what: "poweroff", delay: 0 }],
    ["& 'C:/Program Files/Amazon/EC2Launch/ec2launch' sysprep --shutdown --block", { what: "poweroff", delay: 0 }],
    ["& $launch sysprep --shutdown --block", { what: "poweroff", delay: 0 }],
    ["C:/ProgramData/Amazon/EC2-Windows/Launch/Scripts/SysprepInstance.ps1", { what: "poweroff", delay: 0 }],
    ["C:\\Windows\\System32\\Sysprep\\sysprep.exe /generalize /oobe /shutdown", { what: "poweroff", delay: 0 }],
  ])("%s", (line, request) => expect(powerOf(line)).toEqual(request));

  test.each([
    ["# Restart-Computer is in a comment"],
    ["& 'C:/Program Files/Amazon/EC2Launch/ec2launch' reset --block"],
    ["C:/ProgramData/Amazon/EC2-Windows/Launch/Scripts/SysprepInstance.ps1 -NoShutdown"],
    ["echo shutdown"],
  ])("but not by %s", (line) => expect(powerOf(line)).toBeUndefined());

  test("one request at a time, with the exit codes of shutdown.exe", () => {
    const power = openPower(() => undefined);
    expect(power.request({ what: "abort" })).toBe(1116);
    expect(power.request({ what: "reboot", delay: 60_000 })).toBe(0);
    expect(power.request({ what: "reboot", delay: 0 })).toBe(1190);
    expect(power.request({ what: "abort" })).toBe(0);
    expect(power.request({ what: "poweroff", delay: 0 })).toBe(0);
    expect(power.request({ what: "abort" })).toBe(1115);
    power.reset();
  });
});

describe("the password of a user of a Windows stand-in", () => {
  test.each<[string, string, string, string | undefined]>([
    ["is that of the instance", "", "Administrator", "generated"],
    ["is found with a domain in front of the user", "", "EC2AMAZ-1\\administrator", "generated"],
    ["is unknown for another user", "", "packer", undefined],
    ["is set by net user", "net user packer P1 /add", "packer", "P1"],
    ["is set by net.exe with quotes", 'net.exe user "Administrator" "two words"', "Administrator", "two words"],
    [
      "is set by ADSI",
      `$admin = [adsi]("WinNT://./Administrator, user")\n$admin.psbase.invoke("SetPassword", "SuperS3cr3t!!")`,
      "administrator",
      "SuperS3cr3t!!",
    ],
    [
      "is set by a cmdlet",
      "New-LocalUser -Name bake -Password (ConvertTo-SecureString 'abc' -AsPlainText -Force)",
      "bake",
      "abc",
    ],
    ["is not read from a variable", "net user Administrator $password", "Administrator", "generated"],
  ])("%s", (_name, userData, user, expected) => {
    expect(accountsOf("generated", userData).passwordOf(user)).toBe(expected);
  });
});

describe("a Windows stand-in prints", () => {
  const around = { hostName: "EC2AMAZ-1", uptime: () => 4000.7 };
  test.each([
    ["what shows a login", 'echo "WinRM connected."', "WinRM connected.\r\n"],
    ["the check after a restart", 'echo ("{0} restarted." -f [Net.Dns]::GetHostName())', "EC2AMAZ-1 restarted.\r\n"],
    ["that registry keys do not exist", 'Test-Path "HKLM:\\A"\nTest-Path "HKLM:\\B"', "False\r\nFalse\r\n"],
    ["nothing else", 'Write-Host "hello"', ""],
  ])("%s", (_name, script, printed) => expect(expectedOutput(script, around)).toBe(printed));
});

describe("a path of Windows", () => {
  test.each([
    ["c:/Windows/Temp/x.ps1", "C:\\Windows\\Temp\\x.ps1"],
    ["%TEMP%\\a", "C:\\Users\\Administrator\\AppData\\Local\\Temp\\a"],
    ["$env:SystemRoot/b", "C:\\Windows\\b"],
    ["C:/a/../../../../etc/passwd", "C:\\etc\\passwd"],
    ["note.txt", "C:\\Users\\Administrator\\note.txt"],
  ])("%s is %s", (given, path) => expect(windowsPath(given)).toBe(path));
});
