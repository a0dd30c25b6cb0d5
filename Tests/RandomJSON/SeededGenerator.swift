import Glibc

/// Random numbers that a failure can be repeated with: SplitMix64, the same numbers for the same seed on every machine.
package struct SeededGenerator: RandomNumberGenerator {
    package let seed: UInt64
    private var state: UInt64

    package init(seed: UInt64) {
        self.seed = seed
        state = seed
    }

    /// With the seed of `MENSHEN_TEST_SEED=… swift test`, else with another one each time.
    package init() {
        let wanted = getenv("MENSHEN_TEST_SEED").flatMap { UInt64(String(cString: $0)) }
        self.init(seed: wanted ?? UInt64.random(in: 0 ... .max))
    }

    /// As without an argument, with the seed on standard output: for tests whose expectations do not name the seed.
    package static func printingSeed(of test: String = #function) -> SeededGenerator {
        let generator = SeededGenerator()
        print("\(test): seed \(generator.seed)")
        return generator
    }

    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
