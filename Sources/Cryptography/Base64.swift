/// base64 with padding (RFC 4648, section 4).
package enum Base64 {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    private static let padding = UInt8(ascii: "=")

    /// The encoding of `bytes`, without line breaks.
    package static func encode(_ bytes: Span<UInt8>) -> String {
        var text: [UInt8] = []
        text.reserveCapacity((bytes.count + 2) / 3 * 4)
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let count = min(3, bytes.count - start)
            var group: UInt32 = 0
            for offset in 0..<3 { group = group << 8 | (offset < count ? UInt32(bytes[start + offset]) : 0) }
            for place in 0..<4 {
                text.append(place <= count ? alphabet[Int(group >> (18 - 6 * UInt32(place)) & 63)] : padding)
            }
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// Decodes text. Spaces, tabs and line breaks are ignored. Nil unless the encoding is canonical: correct padding,
    /// only characters of the alphabet, unused bits zero.
    package static func decode(_ text: Span<UInt8>) -> [UInt8]? {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count / 4 * 3)
        var group: UInt32 = 0
        var characters = 0
        var paddings = 0
        for index in text.indices {
            let character = text[index]
            if isWhiteSpace(character) { continue }
            if character == padding {
                paddings += 1
                continue
            }
            guard paddings == 0, let value = value(character) else { return nil }
            group = group << 6 | UInt32(value)
            characters += 1
            guard characters.isMultiple(of: 4) else { continue }
            append(group, 3, to: &bytes)
            group = 0
        }
        // A last group of 2 or 3 characters leaves 4 or 2 unused bits.
        switch (characters % 4, paddings) {
        case (0, 0): break
        case (2, 2) where group & 0x0F == 0: append(group << 12, 1, to: &bytes)
        case (3, 1) where group & 0x03 == 0: append(group << 6, 2, to: &bytes)
        default: return nil
        }
        return bytes
    }

    private static func append(_ group: UInt32, _ count: UInt32, to bytes: inout [UInt8]) {
        for place in 0..<count { bytes.append(UInt8(truncatingIfNeeded: group >> (16 - 8 * place))) }
    }

    private static func isWhiteSpace(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") || byte == UInt8(ascii: "\r")
            || byte == UInt8(ascii: "\n")
    }

    private static func value(_ character: UInt8) -> UInt8? {
        switch character {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): character - UInt8(ascii: "A")
        case UInt8(ascii: "a")...UInt8(ascii: "z"): character - UInt8(ascii: "a") + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): character - UInt8(ascii: "0") + 52
        case UInt8(ascii: "+"): 62
        case UInt8(ascii: "/"): 63
        default: nil
        }
    }
}
