/// How long to wait before the next try to connect: from 0.1 s, doubled each time, to 2 s, of which a random part of up to a
/// half is taken away, so that gateways do not come all at once.
struct RedisBackoff: Equatable {
    private static let first: Int64 = 100
    private static let longest: Int64 = 2000

    private var next = RedisBackoff.first

    mutating func reset() { next = Self.first }

    /// Milliseconds.
    mutating func delay(using generator: inout some RandomNumberGenerator) -> Int64 {
        let delay = next
        next = min(next * 2, Self.longest)
        return delay - Int64.random(in: 0...(delay / 2), using: &generator)
    }
}
