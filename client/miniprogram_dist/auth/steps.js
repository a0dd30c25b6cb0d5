const AuthStep={ONE:1,TWO:2,THREE:3}
const AuthDisplayMode={POPUP:'button',PAGE:'page'}
function needsOf(wanted){if(Array.isArray(wanted))return wanted
return(['profile','phone'].slice(0,wanted-1))}
function missingOf(session,wanted){return needsOf(wanted).filter((need)=>session.missing.indexOf(need)>=0)}
module.exports={AuthStep,AuthDisplayMode,needsOf,missingOf}
