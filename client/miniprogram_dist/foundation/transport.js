const{abortable,task,merge,nothing}=require('./task')
const{lowered}=require('./url')
const{Utf8}=require('./utf8')
const MARGIN=2000
const HEADERS=300
const FUNCTIONS={request:'request',stream:'request',upload:'uploadFile',download:'downloadFile'}
const made=(header)=>Boolean(header)&&header['x-auth-envelope']==='1'
function parsed(text){try{return typeof text==='string'?JSON.parse(text):text}catch(_){return text}}
function*exchange(host,transport,kind,out){const{url,method,header,data,timeout,onHeaders=nothing,onProgress=nothing,onChunk=nothing}=out
const stream=kind==='stream'
const decoder=new Utf8()
let held=''
let received=null
let wake=nothing
let late=false
const pass=()=>{if(!held||!received||made(received))return
out.started=true
onChunk(held)
held=''}
const attach=(running,watch)=>{const on=(name,listener)=>Boolean(running[name])&&(running[name](listener),true)
late=kind!=='request'&&on('onHeadersReceived',(event)=>{received=lowered(event.header)
onHeaders(received)
wake()})
if(kind!=='request')on('onProgressUpdate',(progress)=>{watch.touch()
onProgress(progress)})
if(stream)on('onChunkReceived',(chunk)=>{watch.touch()
held+=decoder.push(chunk.data)
pass()})}
const result=yield host.call(transport[FUNCTIONS[kind]],merge({},out.extra,{url,method,header,timeout},kind==='upload'?{formData:data}:{data},stream&&{enableChunked:true,responseType:'arraybuffer'}),timeout+MARGIN,attach)
if(late&&!received)yield abortable((resolve)=>{wake=resolve
return host.later(HEADERS,resolve)})
if(!received){received=FUNCTIONS[kind]==='request'?lowered(result.header):{}
onHeaders(received)}
const{statusCode:status,tempFilePath,filePath}=result
const failed=status>=400
let body=result.data
if(stream){held+=decoder.end()
if(!failed)pass()
body=held}else if(kind==='download'){body=!failed?{tempFilePath,filePath}:transport.readFile&&(yield host.call(transport.readFile,{filePath:filePath||tempFilePath,encoding:'utf8'},MARGIN).then((file)=>file.data,nothing))}else if(body instanceof ArrayBuffer&&(failed||made(received)))body=decoder.push(body)
return{status,header:received,data:failed||made(received)||kind==='upload'?parsed(body):body}}
function send(host,transport,kind,out){return task(exchange(host,transport,kind,out))}
function transportOf(host,given){const own=typeof given==='function'?{request:given}:given||{}
const files=host.ask('getFileSystemManager')
const all={readFile:files&&files.readFile.bind(files)}
for(const name of['request','uploadFile','downloadFile','connectSocket']){all[name]=own[name]?own[name].bind(own):host.fn(name)}
return all}
module.exports={send,transportOf,made,parsed}
