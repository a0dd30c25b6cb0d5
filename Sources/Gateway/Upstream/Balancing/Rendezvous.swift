#if canImport(Glibc)
import Glibc
#endif

/// Rendezvous hashing: the same target for the same key. Highest random weight (Thaler and Ravishankar 1998), with
/// weights after Schindelhauer and Schomaker (2005).
///
/// Each target draws a number from the key and its own name, and the highest number wins. A removed target gives up
/// only its own keys, and a new one takes its share evenly from all. All gateways with the same targets agree, whatever
/// the order of the targets.
enum Rendezvous {
    /// A 64-bit key of some bytes: mixed FNV-1a. It does not resist chosen keys: a client that wants to load one target
    /// can send the requests anyway.
    static func key(_ bytes: Span<UInt8>) -> UInt64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for index in bytes.indices {
            hash = (hash ^ UInt64(bytes[index])) &* 0x0000_0100_0000_01B3
        }
        return mix(hash)
    }

    /// Nil without candidates.
    ///
    /// - Parameters:
    ///   - seeds: the key of the name, per target.
    ///   - weights: one per target, above zero for candidates.
    static func pick(
        key: UInt64,
        seeds: borrowing [UInt64],
        weights: borrowing [Int],
        among candidates: TargetSet
    ) -> Int? {
        var best: Int?
        var bestScore = 0.0
        var rest = candidates
        while let index = rest.popFirst(), index < seeds.count {
            // Uniform in (0, 1), of 53 bits.
            let drawn = (Double(mix(key ^ seeds[index]) >> 11) + 0.5) / 9_007_199_254_740_992
            let score = -Double(max(weights[index], 1)) / log(drawn)
            if best == nil || score > bestScore {
                best = index
                bestScore = score
            }
        }
        return best
    }

    /// SplitMix64's finaliser.
    private static func mix(_ value: UInt64) -> UInt64 {
        var word = value &+ 0x9E37_79B9_7F4A_7C15
        word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
        return word ^ (word >> 31)
    }
}
