/// The token in an authorization field (RFC 6750 section 2.1); clients may omit the scheme.
package enum BearerToken {
    /// The maximum length of a token, in bytes, unless the configuration says otherwise.
    package static let usualMaximum = 8192
    /// The largest that the configuration can make it.
    package static let largest = 64 << 10

    /// The range of the token in the value of the field: after an optional scheme `Bearer` in any case, without
    /// surrounding white space.
    ///
    /// Nil if there is no token. A value with another scheme is returned whole: it contains a space, so every verifier
    /// rejects it.
    package static func range(in value: Span<UInt8>) -> Range<Int>? {
        var start = 0
        var end = value.count
        while end > start, isWhiteSpace(value[end - 1]) { end -= 1 }
        while start < end, isWhiteSpace(value[start]) { start += 1 }
        if isScheme(value, at: start, end: end) {
            start += scheme.count
            while start < end, isWhiteSpace(value[start]) { start += 1 }
        }
        return start < end ? start..<end : nil
    }

    private static let scheme: InlineArray<6, UInt8> = [0x62, 0x65, 0x61, 0x72, 0x65, 0x72]  // "bearer"

    private static func isScheme(_ value: Span<UInt8>, at start: Int, end: Int) -> Bool {
        guard end - start >= scheme.count else { return false }
        for index in scheme.indices where value[start + index] | 0x20 != scheme[index] { return false }
        let next = start + scheme.count
        return next == end || isWhiteSpace(value[next])
    }

    private static func isWhiteSpace(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte == 0x09
    }
}
