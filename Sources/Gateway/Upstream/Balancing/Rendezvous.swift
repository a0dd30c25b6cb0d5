#if canImport(Glibc)
import Glibc
#endif

/// The same target for the same key: highest random weight (Thaler and Ravishankar 1998), with weights after Schindelhauer
/// and Schomaker (2005).
///
/// Each target draws a number from the key and its own name; the highest one wins. So a target that goes gives up its own
/// keys and no others, and one that comes takes its share evenly from all. Every gateway with the same targets agrees,
/// whatever their order.
enum Rendezvous {
    /// A 64-bit key of some bytes: FNV-1a, mixed. Not meant to withstand who chooses keys: who wants one target to have
    /// more requests can send them anyway.
    static func key(_ bytes: Span<UInt8>) -> UInt64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for index in bytes.indices {
            hash = (hash ^ UInt64(bytes[index])) &* 0x0000_0100_0000_01B3
        }
        return mix(hash)
    }

    /// Nil where there is no candidate.
    ///
    /// - Parameters:
    ///   - seeds: for each target, the key of its name.
    ///   - weights: for each target, above zero for candidates.
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
