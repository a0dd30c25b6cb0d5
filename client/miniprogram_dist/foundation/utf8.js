function decode(bytes){try{return decodeURIComponent(bytes.map((byte)=>'%'+(byte+256).toString(16).slice(1)).join(''))}catch(_){return bytes.map((byte)=>byte<0x80?String.fromCharCode(byte):'\ufffd').join('')}}
class Utf8{constructor(){this.rest=[]}
push(buffer){const bytes=this.rest.concat(Array.from(new Uint8Array(buffer)))
let start=bytes.length-1
while(start>bytes.length-4&&(bytes[start]&0xc0)===0x80)start-=1
const lead=bytes[start]
const length=lead<0xc0?1:lead<0xe0?2:lead<0xf0?3:4
const end=start+length>bytes.length?start:bytes.length
this.rest=bytes.slice(end)
return decode(bytes.slice(0,end))}
end(){return this.rest.length?'\ufffd':''}}
module.exports={Utf8}
