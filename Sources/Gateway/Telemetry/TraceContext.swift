/// The `traceparent` field of W3C Trace Context: `00-` trace id (32 hex digits) `-` parent id (16) `-` flags (2).
package enum TraceContext {
    /// The bytes of a value of version 00.
    package static let length = 55

    /// Whether a value may be passed on: W3C Trace Context, section 3.2. Upper case, ids of zeros only and version `ff`
    /// are refused; a version above 00 may be longer.
    package static func isValid(_ value: Span<UInt8>) -> Bool {
        guard value.count >= length else { return false }
        let separator = UInt8(ascii: "-")
        guard value[2] == separator, value[35] == separator, value[52] == separator,
            isHex(value, 0..<2), isHex(value, 3..<35), isHex(value, 36..<52), isHex(value, 53..<55),
            !isZero(value, 3..<35), !isZero(value, 36..<52)
        else { return false }
        if value[0] == UInt8(ascii: "f"), value[1] == UInt8(ascii: "f") { return false }
        guard value.count > length else { return true }
        let isVersion00 = value[0] == UInt8(ascii: "0") && value[1] == UInt8(ascii: "0")
        return !isVersion00 && value[length] == separator
    }

    private static func isHex(_ value: Span<UInt8>, _ range: Range<Int>) -> Bool {
        for index in range where !HexText.isLowerDigit(value[index]) { return false }
        return true
    }

    private static func isZero(_ value: Span<UInt8>, _ range: Range<Int>) -> Bool {
        for index in range where value[index] != UInt8(ascii: "0") { return false }
        return true
    }
}

/// Starts traces for requests without a trusted one.
///
/// The sampled flag is set: without it, services would not record, as most follow their parent's decision. Belongs to
/// one worker.
package struct TraceContextGenerator: Sendable {
    private var random: Xoshiro

    /// Creates a generator seeded by the system.
    package init() { random = Xoshiro() }

    init(random: Xoshiro) { self.random = random }

    /// A new trace id and parent id.
    package mutating func next() -> InlineArray<55, UInt8> {
        var text = InlineArray<55, UInt8>(repeating: UInt8(ascii: "-"))
        text[0] = UInt8(ascii: "0")
        text[1] = UInt8(ascii: "0")
        text[53] = UInt8(ascii: "0")
        text[54] = UInt8(ascii: "1")
        var span = text.mutableSpan
        var bytes = span.mutableBytes
        write(&bytes, at: 3)
        write(&bytes, at: 19)
        write(&bytes, at: 36)
        return text
    }

    private mutating func write(_ bytes: inout MutableRawSpan, at start: Int) {
        // Ids of zeros only are invalid; a chance of one in 2^64 does not justify a loop.
        let number = max(random.next(), 1)
        bytes.write(digits: HexText.digits(UInt32(truncatingIfNeeded: number >> 32)), at: start)
        bytes.write(digits: HexText.digits(UInt32(truncatingIfNeeded: number)), at: start + 8)
    }
}
