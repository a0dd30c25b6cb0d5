/// The system's random numbers, in a struct with storage. `SystemRandomNumberGenerator` is empty, so an `inout` argument of
/// that type has no address of its own, and ThreadSanitizer reads whatever stands at the address.
struct StandInRandom: RandomNumberGenerator {
    private var system = SystemRandomNumberGenerator()
    private var storage: UInt8 = 0

    mutating func next() -> UInt64 { system.next() }
}
