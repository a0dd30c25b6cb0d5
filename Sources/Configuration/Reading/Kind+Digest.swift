extension Kind where Value == [UInt8] {
    /// A SHA-256 digest in hexadecimal.
    static var sha256: Kind {
        .text(
            [("pattern", .string("^[0-9A-Fa-f]{64}$"))],
            expected: "a string of 64 hexadecimal digits",
            parse: { text throws(TextFault) in
                guard let bytes = Hexadecimal.bytes(text), bytes.count == 32 else {
                    // Not quoted: it could be the key itself.
                    throw TextFault(
                        message: "not 64 hexadecimal digits",
                        hint: "make them with: printf %s KEY | sha256sum"
                    )
                }
                return bytes
            },
            render: { .string(Hexadecimal.text($0)) }
        )
    }
}

/// Bytes as hexadecimal digits.
enum Hexadecimal {
    private static let digits = Array("0123456789abcdef".utf8)

    /// Nil where something else than pairs of digits stands there.
    static func bytes(_ text: String) -> [UInt8]? {
        var bytes: [UInt8] = []
        var high: UInt8?
        for byte in text.utf8 {
            let value: UInt8
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): value = byte - UInt8(ascii: "0")
            case UInt8(ascii: "a")...UInt8(ascii: "f"): value = byte - UInt8(ascii: "a") + 10
            case UInt8(ascii: "A")...UInt8(ascii: "F"): value = byte - UInt8(ascii: "A") + 10
            default: return nil
            }
            if let first = high {
                bytes.append(first << 4 | value)
                high = nil
            } else {
                high = value
            }
        }
        return high == nil ? bytes : nil
    }

    static func text(_ bytes: [UInt8]) -> String {
        String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }
}
