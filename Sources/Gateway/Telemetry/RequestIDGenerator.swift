/// Makes request ids: UUIDv7 (RFC 9562, section 5.7) in text form.
///
/// Belongs to one worker, whose ids ascend: within a millisecond by a counter in `rand_a` (RFC 9562, section 6.2,
/// method 1), which starts at a random value in its lower half. A clock that goes back by less than ten seconds does
/// not break the order; a larger step is followed.
package struct RequestIDGenerator: Sendable {
    /// The bytes of an id's text.
    package static let length = 36
    /// How far the clock may go back, in milliseconds, before its word counts more than the order.
    static let toleratedRollback: Int64 = 10_000

    private var random: Xoshiro
    private var milliseconds: Int64 = 0
    private var counter: UInt16 = 0

    /// Creates a generator seeded by the system.
    package init() { random = Xoshiro() }

    init(random: Xoshiro) { self.random = random }

    /// The next id as 36 bytes.
    ///
    /// - Parameter milliseconds: since 1970.
    package mutating func next(milliseconds now: Int64) -> InlineArray<36, UInt8> {
        advance(to: now)
        let time = UInt64(truncatingIfNeeded: milliseconds) & 0xFFFF_FFFF_FFFF
        let tail = random.next() & 0x3FFF_FFFF_FFFF_FFFF | 0x8000_0000_0000_0000
        // tttttttt-tttt-7ccc-Nrrr-rrrrrrrrrrrr
        let first = HexText.digits(UInt32(truncatingIfNeeded: time >> 16))
        let second = HexText.digits(UInt32(truncatingIfNeeded: time << 16) | 0x7000 | UInt32(counter))
        let third = HexText.digits(UInt32(truncatingIfNeeded: tail >> 32))
        let fourth = HexText.digits(UInt32(truncatingIfNeeded: tail))
        var text = InlineArray<36, UInt8>(repeating: UInt8(ascii: "-"))
        var span = text.mutableSpan
        var bytes = span.mutableBytes
        bytes.write(digits: first, at: 0)
        bytes.write(separated: second, at: 9)
        bytes.write(separated: third, at: 19)
        bytes.write(digits: fourth, at: 28)
        return text
    }

    /// Writes the next id over `storage`, which becomes 36 bytes long and allocates only where it had no room for them.
    package mutating func write(into storage: inout [UInt8], milliseconds: Int64) {
        let text = next(milliseconds: milliseconds)
        storage.removeAll(keepingCapacity: true)
        text.span.withUnsafeBufferPointer { storage.append(contentsOf: $0) }
    }

    private mutating func advance(to wanted: Int64) {
        // A UUIDv7 has 48 bits for it.
        let now = min(max(wanted, 0), (1 << 48) - 1)
        if now > milliseconds || now < milliseconds - Self.toleratedRollback {
            milliseconds = now
            counter = UInt16(truncatingIfNeeded: random.next()) & 0x7FF
        } else if counter < 0xFFF {
            counter += 1
        } else {
            // More ids in a millisecond than the counter has room for: the next one is borrowed from the future.
            milliseconds += 1
            counter = UInt16(truncatingIfNeeded: random.next()) & 0x7FF
        }
    }
}
