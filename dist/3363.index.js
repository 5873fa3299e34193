"use strict";exports.id=3363,exports.ids=[3363],exports.modules={88522:((__unused_webpack_module,__webpack_exports__,__webpack_require__)=>{__webpack_require__.d(__webpack_exports__,{BP:()=>signalSession,eR:()=>replaceNextPacket,iK:()=>holdUntil,m3:()=>forgetSentData});function replaceNextPacket(client,payload){const writer=part(part(client,"_protocol"),"_packetRW","write");if(!isPacketWriter(writer))throw new Error("unsupported version of ssh2: no packet writer found");const original=writer.finalize;writer.finalize=()=>{writer.finalize=original;const packet=writer.alloc(payload.length);return packet.set(payload,writer.allocStart),writer.finalize(packet)}}function holdUntil(client,isComplete){const parser=part(client,"_protocol");if(!isParser(parser))throw new Error("unsupported version of ssh2: no parser found");const original=parser.parse,held=[];parser.parse=(chunk,from,to)=>{if(held.push(chunk.subarray(from,to)),!isComplete())return;parser.parse=original;const all=Buffer.concat(held.splice(0));parser.parse(all,0,all.length)}}function signalSession(client,channel,name){const state=part(channel,"outgoing","state"),id=part(channel,"outgoing","id"),protocol=part(client,"_protocol");(state==="open"||state==="eof")&&typeof id=="number"&&canSignal(protocol)&&protocol.signal(id,name)}function forgetSentData(channel){for(const name of["_chunk","_chunkcb","_chunkErr","_chunkcbErr"])Reflect.set(channel,name,void 0)}function part(value,...names){return names.reduce((found,name)=>typeof found=="object"&&found!==null?Reflect.get(found,name):void 0,value)}function isPacketWriter(value){return typeof part(value,"allocStart")=="number"&&typeof part(value,"alloc")=="function"&&typeof part(value,"finalize")=="function"}function isParser(value){return typeof part(value,"parse")=="function"}function canSignal(value){return typeof part(value,"signal")=="function"}}),86554:((__unused_webpack_module,__webpack_exports__,__webpack_require__)=>{__webpack_require__.d(__webpack_exports__,{C9:()=>AV_ID,K_:()=>writeNegotiate,MK:()=>NtlmError,RV:()=>REQUESTED_FLAGS,UA:()=>readChallenge,XC:()=>readNegotiate,aE:()=>readAuthenticate,bR:()=>utf16,iv:()=>MIC_OFFSET,ji:()=>NTLM_FLAG,jx:()=>writeAuthenticate,nV:()=>writeChallenge,vJ:()=>writeAttributes,wb:()=>readAttributes});const NTLM_FLAG={unicode:1,requestTarget:4,sign:16,seal:32,ntlm:512,alwaysSign:32768,targetIsServer:131072,extendedSecurity:524288,targetInfo:8388608,version:33554432,bits128:536870912,keyExchange:1073741824,bits56:2147483648},REQUESTED_FLAGS=(NTLM_FLAG.unicode|NTLM_FLAG.requestTarget|NTLM_FLAG.sign|NTLM_FLAG.seal|NTLM_FLAG.ntlm|NTLM_FLAG.alwaysSign|NTLM_FLAG.extendedSecurity|NTLM_FLAG.targetInfo|NTLM_FLAG.version|NTLM_FLAG.bits128|NTLM_FLAG.keyExchange|NTLM_FLAG.bits56)>>>0,AV_ID={end:0,computerName:1,domainName:2,dnsComputerName:3,dnsDomainName:4,flags:6,timestamp:7},SIGNATURE=Buffer.from("NTLMSSP\0","latin1"),VERSION=Buffer.from([10,0,124,79,0,0,0,15]);class NtlmError extends Error{constructor(problem){super(problem),this.name="NtlmError"}}function writeNegotiate(flags=REQUESTED_FLAGS){const message=Buffer.alloc(40);return begin(message,1),message.writeUInt32LE(flags,12),message.writeUInt32LE(40,20),message.writeUInt32LE(40,28),VERSION.copy(message,32),message}function readNegotiate(message){return expectType(message,1,16),message.readUInt32LE(12)}function writeChallenge({flags,serverChallenge,targetInfo},name){const target=utf16(name),head=Buffer.alloc(56);return begin(head,2),writeField(head,12,target.length,56),head.writeUInt32LE(flags>>>0,20),serverChallenge.copy(head,24),writeField(head,40,targetInfo.length,56+target.length),VERSION.copy(head,48),Buffer.concat([head,target,targetInfo])}function readChallenge(message){return expectType(message,2,48),{flags:message.readUInt32LE(20),serverChallenge:Buffer.from(message.subarray(24,32)),targetInfo:readField(message,40)}}const MIC_OFFSET=72;function writeAuthenticate(given){const head=Buffer.alloc(88);begin(head,3),head.writeUInt32LE(given.flags>>>0,60),VERSION.copy(head,64);const fields=[[28,utf16(given.domain)],[36,utf16(given.user)],[44,utf16(given.workstation)],[12,given.lmResponse],[20,given.ntResponse],[52,given.encryptedSessionKey]];let offset=head.length;for(const[at,value]of fields)writeField(head,at,value.length,offset),offset+=value.length;return Buffer.concat([head,...fields.map(([,value])=>value)])}function readAuthenticate(message){expectType(message,3,64);const text=at=>readField(message,at).toString("utf16le");return{flags:message.readUInt32LE(60),lmResponse:readField(message,12),ntResponse:readField(message,20),domain:text(28),user:text(36),workstation:text(44),encryptedSessionKey:readField(message,52)}}function readAttributes(info){const found=new Map;for(let at=0;at+4<=info.length;){const[id,length]=[info.readUInt16LE(at),info.readUInt16LE(at+2)];if(id===AV_ID.end)break;if(at+4+length>info.length)throw new NtlmError("an attribute is longer than the message");found.set(id,info.subarray(at+4,at+4+length)),at+=4+length}return found}function writeAttributes(attributes){const pieces=[...attributes].flatMap(([id,value])=>{const head=Buffer.alloc(4);return head.writeUInt16LE(id,0),head.writeUInt16LE(value.length,2),[head,value]});return Buffer.concat([...pieces,Buffer.alloc(4)])}function utf16(text){return Buffer.from(text,"utf16le")}function begin(message,type){SIGNATURE.copy(message),message.writeUInt32LE(type,8)}function expectType(message,type,shortest){if(message.length<shortest||!message.subarray(0,8).equals(SIGNATURE)||message.readUInt32LE(8)!==type)throw new NtlmError(`not an NTLM message of type ${type}`)}function writeField(message,at,length,offset){message.writeUInt16LE(length,at),message.writeUInt16LE(length,at+2),message.writeUInt32LE(offset,at+4)}function readField(message,at){const[length,offset]=[message.readUInt16LE(at),message.readUInt32LE(at+4)];if(offset+length>message.length)throw new NtlmError("a field is longer than the message");return Buffer.from(message.subarray(offset,offset+length))}}),663:((__unused_webpack_module,__webpack_exports__,__webpack_require__)=>{__webpack_require__.d(__webpack_exports__,{IQ:()=>fileTime,qz:()=>hmacMd5,bb:()=>lmProofOf,jc:()=>passwordKey,oX:()=>proofOf});var external_node_crypto_=__webpack_require__(77598);const ORDERS=[[0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15],[0,4,8,12,1,5,9,13,2,6,10,14,3,7,11,15],[0,8,4,12,2,10,6,14,1,9,5,13,3,11,7,15]],SHIFTS=[[3,7,11,19],[3,5,9,13],[3,9,11,15]],CONSTANTS=[0,1518500249,1859775393];function md4(data){const length=(data.length+8>>6)*64+64,padded=Buffer.alloc(length);padded.set(data),padded[data.length]=128,padded.writeBigUInt64LE(BigInt(data.length)*8n,length-8);let[a,b,c,d]=[1732584193,4023233417,2562383102,271733878];for(let start=0;start<length;start+=64){const before=[a,b,c,d];for(let round=0;round<3;round++)for(let step=0;step<16;step++){const word=padded.readUInt32LE(start+4*(ORDERS[round]?.[step]??0)),mixed=a+mix(round,b,c,d)+word+(CONSTANTS[round]??0)|0,shift=SHIFTS[round]?.[step%4]??0;[a,b,c,d]=[d,mixed<<shift|mixed>>>32-shift,b,c]}[a,b,c,d]=[a+before[0]|0,b+before[1]|0,c+before[2]|0,d+before[3]|0]}const digest=Buffer.alloc(16);for(const[index,word]of[a,b,c,d].entries())digest.writeInt32LE(word|0,4*index);return digest}function mix(round,x,y,z){return round===0?x&y|~x&z:round===1?x&y|x&z|y&z:x^y^z}var messages=__webpack_require__(86554);function hmacMd5(key,...data){const hmac=(0,external_node_crypto_.createHmac)("md5",key);for(const piece of data)hmac.update(piece);return hmac.digest()}function passwordKey({user,domain,password}){return hmacMd5(md4((0,messages.bR)(password)),(0,messages.bR)(user.toUpperCase()+domain))}function proofOf(key,input){const blob=Buffer.concat([Buffer.from([1,1,0,0,0,0,0,0]),input.time,input.clientChallenge,Buffer.alloc(4),input.targetInfo,Buffer.alloc(4)]),proof=hmacMd5(key,input.serverChallenge,blob);return{ntResponse:Buffer.concat([proof,blob]),baseKey:hmacMd5(key,proof)}}function lmProofOf(key,serverChallenge,clientChallenge){return Buffer.concat([hmacMd5(key,serverChallenge,clientChallenge),clientChallenge])}function fileTime(ms){const bytes=Buffer.alloc(8);return bytes.writeBigUInt64LE((BigInt(Math.floor(ms))+11644473600000n)*10000n),bytes}}),87977:((__unused_webpack_module,__webpack_exports__,__webpack_require__)=>{__webpack_require__.d(__webpack_exports__,{M:()=>rc4});function rc4(key){const state=Uint8Array.from({length:256},(_,index)=>index);for(let i2=0,j2=0;i2<256;i2++){const own=state[i2]??0;j2=j2+own+(key[i2%key.length]??0)&255,state[i2]=state[j2]??0,state[j2]=own}let i=0,j=0;return data=>{const out=Buffer.allocUnsafe(data.length);for(let at=0;at<data.length;at++){i=i+1&255;const first=state[i]??0;j=j+first&255;const second=state[j]??0;state[i]=second,state[j]=first,out[at]=(data[at]??0)^(state[first+second&255]??0)}return out}}}),32499:((__unused_webpack_module,__webpack_exports__,__webpack_require__)=>{__webpack_require__.d(__webpack_exports__,{A:()=>ntlmSealer,E:()=>SIGNATURE_LENGTH});var node_crypto__WEBPACK_IMPORTED_MODULE_0__=__webpack_require__(77598),node_crypto__WEBPACK_IMPORTED_MODULE_0___default=__webpack_require__.n(node_crypto__WEBPACK_IMPORTED_MODULE_0__),_messages_js__WEBPACK_IMPORTED_MODULE_1__=__webpack_require__(86554),_proof_js__WEBPACK_IMPORTED_MODULE_2__=__webpack_require__(663),_rc4_js__WEBPACK_IMPORTED_MODULE_3__=__webpack_require__(87977);const SIGNATURE_LENGTH=16;function ntlmSealer(side,key,flags){const out=side==="client"?"client-to-server":"server-to-client",back=side==="client"?"server-to-client":"client-to-server",short=flags&_messages_js__WEBPACK_IMPORTED_MODULE_1__.ji.bits128?key:key.subarray(0,flags&_messages_js__WEBPACK_IMPORTED_MODULE_1__.ji.bits56?7:5),sending={sign:derive(key,out,"signing"),cipher:(0,_rc4_js__WEBPACK_IMPORTED_MODULE_3__.M)(derive(short,out,"sealing")),number:0},receiving={sign:derive(key,back,"signing"),cipher:(0,_rc4_js__WEBPACK_IMPORTED_MODULE_3__.M)(derive(short,back,"sealing")),number:0},exchanged=(flags&_messages_js__WEBPACK_IMPORTED_MODULE_1__.ji.keyExchange)!==0;return{seal(message){return{sealed:sending.cipher(message),signature:sign(sending,message,exchanged)}},open({signature,sealed}){const message=receiving.cipher(sealed),expected=sign(receiving,message,exchanged);if(signature.length!==expected.length||!(0,node_crypto__WEBPACK_IMPORTED_MODULE_0__.timingSafeEqual)(signature,expected))throw new _messages_js__WEBPACK_IMPORTED_MODULE_1__.MK("the signature of an encrypted message does not match");return message}}}function sign(direction,message,exchanged){const signature=Buffer.alloc(SIGNATURE_LENGTH),number=Buffer.alloc(4);number.writeUInt32LE(direction.number),direction.number=direction.number+1>>>0;const checksum=(0,_proof_js__WEBPACK_IMPORTED_MODULE_2__.qz)(direction.sign,number,message).subarray(0,8);return signature.writeUInt32LE(1,0),(exchanged?direction.cipher(checksum):checksum).copy(signature,4),number.copy(signature,12),signature}function derive(key,way,use){return(0,node_crypto__WEBPACK_IMPORTED_MODULE_0__.createHash)("md5").update(key).update(`session key to ${way} ${use} key magic constant\0`,"latin1").digest()}}),46577:((__unused_webpack_module,__webpack_exports__,__webpack_require__)=>{__webpack_require__.d(__webpack_exports__,{Y2:()=>powershellLine,dc:()=>EXIT,iB:()=>sendFileScript,mT:()=>RECEIVE_FILES,pP:()=>listDirectoryScript,tB:()=>powershellDoubleQuote});const EXIT={digest:95,constrained:96,missing:97,isDirectory:98};function powershellLine(script){const short=script.replace(/^\s+/gm,"");return`powershell.exe -NoProfile -NonInteractive -ExecutionPolicy Bypass -EncodedCommand ${Buffer.from(short,"utf16le").toString("base64")}`}function powershellQuote(text){return`'${text.replace(/['\u2018\u2019\u201a\u201b]/g,"$&$&")}'`}function powershellDoubleQuote(text){return`"${text.replace(/[`$"\u201c\u201d\u201e]/g,"`$&")}"`}const FULL_PATH=String.raw`$full = {
  $expanded = [regex]::Replace($args[0].Replace('/', '\'), '\$\{?env:(\w+)\}?', { [Environment]::GetEnvironmentVariable($args[0].Groups[1].Value) })
  [IO.Path]::GetFullPath($expanded)
}`,LANGUAGE=`if ($ExecutionContext.SessionState.LanguageMode -ne 'FullLanguage') { exit ${EXIT.constrained} }`,RECEIVE_FILES=`
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
`;function sendFileScript(path){const literal=powershellDoubleQuote(path.replaceAll("/","\\"));return`
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
`}function listDirectoryScript(path,pattern){return String.raw`
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
`}}),90508:((__unused_webpack_module,__webpack_exports__,__webpack_require__)=>{__webpack_require__.d(__webpack_exports__,{$S:()=>FAULT,Xs:()=>readFault,nY:()=>WsmanFault});var _core_plain_js__WEBPACK_IMPORTED_MODULE_0__=__webpack_require__(95818),_xml_js__WEBPACK_IMPORTED_MODULE_1__=__webpack_require__(48369);const FAULT={operationTimeout:2150858793,shellNotFound:2150858843,requestTooLarge:2150858823,tooManyShells:2150859173,tooManyOperations:2150859174,accessDenied:5,wrongPassword:1326};class WsmanFault extends Error{code;constructor(code,message){super(code===void 0?message:`${message} (${code})`),this.name="WsmanFault",this.code=code}}const LONGEST=600;function readFault(body){const fault=(0,_xml_js__WEBPACK_IMPORTED_MODULE_1__.Kt)(body,"Fault");if(!fault)return;const detail=(0,_xml_js__WEBPACK_IMPORTED_MODULE_1__.Kt)(fault,"WSManFault")??(0,_xml_js__WEBPACK_IMPORTED_MODULE_1__.Kt)(fault,"ProviderFault"),code=Number.parseInt(detail?.attributes.get("Code")??"",10),message=detail&&(0,_xml_js__WEBPACK_IMPORTED_MODULE_1__.Kt)(detail,"Message"),reason=(0,_xml_js__WEBPACK_IMPORTED_MODULE_1__.Kt)(fault,"Reason"),text=message&&deepText(message)||reason&&deepText(reason)||"a fault without a text",line=(0,_core_plain_js__WEBPACK_IMPORTED_MODULE_0__.h0)(text).trim().replace(/\s+/g," ").replace(/\.$/,"");return new WsmanFault(Number.isNaN(code)?void 0:code,line.length>LONGEST?`${line.slice(0,LONGEST)}…`:line)}function deepText(element){return[element.text,...element.children.map(deepText)].join(" ").trim()}}),30151:((__unused_webpack_module,__webpack_exports__,__webpack_require__)=>{__webpack_require__.d(__webpack_exports__,{B4:()=>isSealedType,BO:()=>openBody,Ct:()=>SEALED_TYPE,eO:()=>sealBody,qW:()=>PLAIN_TYPE});var _ntlm_messages_js__WEBPACK_IMPORTED_MODULE_0__=__webpack_require__(86554),_ntlm_seal_js__WEBPACK_IMPORTED_MODULE_1__=__webpack_require__(32499);const PROTOCOL="application/HTTP-SPNEGO-session-encrypted",BOUNDARY="Encrypted Boundary",SOAP="application/soap+xml;charset=UTF-8",SEALED_TYPE=`multipart/encrypted;protocol="${PROTOCOL}";boundary="${BOUNDARY}"`,PLAIN_TYPE=SOAP;function isSealedType(type){return/^\s*multipart\/(?:x-multi-)?encrypted\b/i.test(type)}function sealBody(sealer,message){const{signature,sealed}=sealer.seal(message),length=Buffer.alloc(4);length.writeUInt32LE(signature.length);const head=`--${BOUNDARY}\r
	Content-Type: ${PROTOCOL}\r
	OriginalContent: type=${SOAP};Length=${message.length}\r
--${BOUNDARY}\r
	Content-Type: application/octet-stream\r
`;return Buffer.concat([Buffer.from(head,"latin1"),length,signature,sealed,Buffer.from(`--${BOUNDARY}--\r
`,"latin1")])}const OCTETS=Buffer.from(`Content-Type: application/octet-stream\r
`,"latin1"),LONGEST_HEAD=1024;function openBody(sealer,body){const messages=[];for(let at=0;;){const mark=body.indexOf(OCTETS,at);if(mark<0||mark-at>LONGEST_HEAD)break;const length=/;\s*Length=(\d{1,9})\s*\r\n/i.exec(body.toString("latin1",at,mark))?.[1],start=mark+OCTETS.length;if(length===void 0||start+4>body.length)throw new _ntlm_messages_js__WEBPACK_IMPORTED_MODULE_0__.MK("an encrypted message without its length");const end=start+4+_ntlm_seal_js__WEBPACK_IMPORTED_MODULE_1__.E+Number(length);if(body.readUInt32LE(start)!==_ntlm_seal_js__WEBPACK_IMPORTED_MODULE_1__.E||end>body.length)throw new _ntlm_messages_js__WEBPACK_IMPORTED_MODULE_0__.MK("an encrypted message that is not complete");const sealed=start+4+_ntlm_seal_js__WEBPACK_IMPORTED_MODULE_1__.E;messages.push(sealer.open({signature:body.subarray(start+4,sealed),sealed:body.subarray(sealed,end)})),at=end}if(messages.length===0)throw new _ntlm_messages_js__WEBPACK_IMPORTED_MODULE_0__.MK("a response that is not encrypted as requested");return Buffer.concat(messages)}}),48369:((__unused_webpack_module,__webpack_exports__,__webpack_require__)=>{__webpack_require__.d(__webpack_exports__,{Gy:()=>XmlError,Kt:()=>findElement,LU:()=>childrenOf,Sm:()=>decodeEntities,X:()=>escapeXml,km:()=>readXml});class XmlError extends Error{constructor(problem){super(problem),this.name="XmlError"}}const DEEPEST=64,MOST_ELEMENTS=2e4;function readXml(text){const stack=[];let root,elements=0;const close=open=>{const{name,attributes,children,text:content}=open,element={name,attributes,children,text:content},parent=stack.at(-1);parent?parent.children.push(element):root=element};for(let at=0;at<text.length;){const start=text.indexOf("<",at),between=text.slice(at,start<0?text.length:start),inside=stack.at(-1);if(inside)inside.text+=decodeEntities(between);else if(between.trim()!==""&&between.trim()!=="\uFEFF")throw new XmlError("text outside the root element");if(start<0)break;if(text.startsWith("<![CDATA[",start)){const end=endOf(text,"]]>",start+9);if(!inside)throw new XmlError("text outside the root element");inside.text+=text.slice(start+9,end),at=end+3}else if(text.startsWith("<!--",start))at=endOf(text,"-->",start+4)+3;else if(text.startsWith("<?",start))at=endOf(text,"?>",start+2)+2;else{if(text.startsWith("<!",start))throw new XmlError("a document type is not accepted");if(text.startsWith("</",start)){const end=endOf(text,">",start+2),open=stack.pop();if(open?.qualified!==text.slice(start+2,end).trim())throw new XmlError("an end tag without its start tag");close(open),at=end+1}else{if(root)throw new XmlError("two root elements");if(elements+=1,elements>MOST_ELEMENTS)throw new XmlError("too many elements");const tag=readTag(text,start+1),open={...tag,name:localName(tag.qualified),children:[],text:""};if(tag.empty)close(open);else if(stack.push(open)>DEEPEST)throw new XmlError("elements are nested too deep");at=tag.end}}}if(stack.length>0||!root)throw new XmlError("the document is not complete");return root}function findElement(element,name){if(element.name===name)return element;for(const child of element.children){const found=findElement(child,name);if(found)return found}}function childrenOf(element,name){return element.children.filter(child=>child.name===name)}function escapeXml(text){return text.replace(/[&<>"\r\n\t]/g,char=>ESCAPES[char]??char)}const ESCAPES={"&":"&amp;","<":"&lt;",">":"&gt;",'"':"&quot;","\r":"&#13;","\n":"&#10;","	":"&#9;"},NAMED={amp:"&",lt:"<",gt:">",quot:'"',apos:"'"};function decodeEntities(text){return text.includes("&")?text.replace(/&([^;&]{0,12});?/g,(whole,name)=>{const named=whole.endsWith(";")?NAMED[name]:void 0;if(named!==void 0)return named;const number=/^#(?:x([0-9a-fA-F]{1,6})|([0-9]{1,7}))$/.exec(name),code=number?Number.parseInt(number[1]??number[2]??"",number[1]===void 0?10:16):-1;if(!whole.endsWith(";")||code<0||code>1114111)throw new XmlError("an entity that XML does not define");return String.fromCodePoint(code)}):text}function endOf(text,mark,from){const end=text.indexOf(mark,from);if(end<0)throw new XmlError("the document is not complete");return end}function localName(qualified){return qualified.slice(qualified.indexOf(":")+1)}const NAME=/[A-Za-z_][\w.:-]*/y,ATTRIBUTE=/\s+([A-Za-z_][\w.:-]*)\s*=\s*(?:"([^"<]*)"|'([^'<]*)')/y,TAG_END=/\s*(\/?)>/y;function readTag(text,from){const name=match(NAME,text,from);if(!name)throw new XmlError("a tag without a name");const attributes=new Map;let at=from+name[0].length;for(let found=match(ATTRIBUTE,text,at);found;found=match(ATTRIBUTE,text,at))attributes.set(localName(found[1]??""),decodeEntities(found[2]??found[3]??"")),at+=found[0].length;const end=match(TAG_END,text,at);if(!end)throw new XmlError("a tag that is not closed");return{qualified:name[0],attributes,empty:end[1]==="/",end:at+end[0].length}}function match(pattern,text,at){return pattern.lastIndex=at,pattern.exec(text)}})};
