/// Percent-encoded text (RFC 3986, section 2.1).
enum PercentDecoding {
    /// Nil where an escape is none. A `+` stays one.
    static func decoded(_ text: Span<UInt8>) -> [UInt8]? {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count)
        var index = 0
        while index < text.count {
            guard text[index] == UInt8(ascii: "%") else {
                bytes.append(text[index])
                index += 1
                continue
            }
            guard index + 2 < text.count, let high = PathByte.hexadecimal(text[index + 1]),
                let low = PathByte.hexadecimal(text[index + 2])
            else { return nil }
            bytes.append(high << 4 | low)
            index += 3
        }
        return bytes
    }
}

/// The parts of a query, `name=value` between ampersands.
enum QueryParameters {
    /// The decoded value of the only parameter of that name; nil where there is none, or several.
    static func value(of name: String, in query: [UInt8]) -> String? {
        var found: String?
        for part in query.split(separator: UInt8(ascii: "&")) {
            let pair = part.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
            guard let key = PercentDecoding.decoded(Array(pair[0]).span), key.elementsEqual(name.utf8) else { continue }
            guard found == nil, pair.count == 2, let value = PercentDecoding.decoded(Array(pair[1]).span) else {
                return nil
            }
            found = String(decoding: value, as: UTF8.self)
        }
        return found
    }
}
