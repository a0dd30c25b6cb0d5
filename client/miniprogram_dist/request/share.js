const { abortable } = require('../foundation/task')

/** Calls that are in flight under a key, each for all who ask for it; given up when all of them have. */
function shareable() {
  const flying = {}
  return (key, start) => {
    const entry = flying[key] || { call: start(), users: 0 }
    if (!flying[key]) {
      flying[key] = entry
      const end = () => { if (flying[key] === entry) delete flying[key] }
      entry.call.then(end, end)
    }
    entry.users += 1
    return abortable((resolve, reject) => {
      entry.call.then(resolve, reject)
      return () => {
        entry.users -= 1
        if (entry.users) return
        delete flying[key]
        entry.call.abort()
      }
    })
  }
}

module.exports = { shareable }
