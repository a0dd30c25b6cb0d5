/** A small generator (mulberry32), so that a run can be repeated from its seed. */
function generator(seed) {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

/** The seed of this run: SEED from the environment, else a new one; printed either way. */
function seeded(name) {
  const seed = process.env.SEED ? Number(process.env.SEED) : Date.now() % 2147483647
  console.log(`${name}: SEED=${seed}`)
  const random = generator(seed)
  const below = (limit) => Math.floor(random() * limit)
  return { seed, random, below, pick: (list) => list[below(list.length)], chance: (share) => random() < share }
}

module.exports = { generator, seeded }
