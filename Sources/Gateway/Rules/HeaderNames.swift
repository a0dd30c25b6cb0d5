/// Names of fields as frameworks read them: lower case, every byte but letters and digits a dash, none of those at either
/// end. `X_User.Id` is `x-user-id` to some.
enum HeaderNames {
    /// The name in that form.
    static func normalForm(_ name: [UInt8]) -> [UInt8] {
        let span = name.span
        return bounds(span).map { normal(span[$0]) }
    }

    /// Whether a name in any spelling equals this one, or starts with it for `asPrefix`.
    ///
    /// - Parameter normal: in normal form.
    static func matches(_ name: Span<UInt8>, _ normal: [UInt8], asPrefix: Bool = false) -> Bool {
        let bounds = bounds(name)
        guard asPrefix ? bounds.count >= normal.count : bounds.count == normal.count else { return false }
        for index in normal.indices where Self.normal(name[bounds.lowerBound + index]) != normal[index] {
            return false
        }
        return true
    }

    /// The bytes allowed in a value from outside: no control characters (RFC 9110, section 5.5).
    static func isAllowed(_ byte: UInt8) -> Bool { byte >= 0x20 && byte != 0x7F }

    private static func bounds(_ name: Span<UInt8>) -> Range<Int> {
        var start = 0
        var end = name.count
        while start < end, !isAlphanumeric(name[start]) { start += 1 }
        while end > start, !isAlphanumeric(name[end - 1]) { end -= 1 }
        return start..<end
    }

    private static func normal(_ byte: UInt8) -> UInt8 {
        guard isAlphanumeric(byte) else { return UInt8(ascii: "-") }
        return byte < UInt8(ascii: "A") ? byte : byte | 0x20
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9")
            || (byte | 0x20) >= UInt8(ascii: "a")
                && (byte | 0x20) <= UInt8(ascii: "z")
    }
}
