import Glibc

/// Random numbers that a failure can be repeated with: `MENSHEN_TEST_SEED=… swift test`.
struct TestRandom: RandomNumberGenerator {
    let seed: UInt64
    private var state: UInt64

    init() {
        let wanted = getenv("MENSHEN_TEST_SEED").flatMap { UInt64(String(cString: $0)) }
        seed = wanted ?? UInt64.random(in: 0...UInt64.max)
        state = seed
    }

    /// SplitMix64.
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var word = state
        word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
        return word ^ (word >> 31)
    }

    mutating func bytes(_ count: Int) -> [UInt8] {
        (0..<count).map { _ in UInt8(truncatingIfNeeded: next()) }
    }
}
