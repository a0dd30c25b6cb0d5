/// The token in an authorization field (RFC 6750 section 2.1), whose scheme a client may leave out.
package enum BearerToken {
    /// The longest token that is looked at, in bytes.
    package static let maximumCount = 4096

    /// Where in the field's value the token stands: after the scheme `Bearer` in any case, if there is one, and without
    /// the white space around it.
    ///
    /// Nil where no token is left, or one of more than `maximumCount` bytes. A value of another scheme is given back
    /// whole: it holds a space, so no verifier takes it.
    package static func range(in value: Span<UInt8>) -> Range<Int>? {
        var start = 0
        var end = value.count
        while end > start, isWhiteSpace(value[end - 1]) { end -= 1 }
        while start < end, isWhiteSpace(value[start]) { start += 1 }
        if isScheme(value, at: start, end: end) {
            start += scheme.count
            while start < end, isWhiteSpace(value[start]) { start += 1 }
        }
        return start < end && end - start <= maximumCount ? start..<end : nil
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
