/// base64url without padding (RFC 4648 section 5, as RFC 7515 section 2 wants it), in its one canonical form.
package enum Base64URL {
    /// Characters that `count` bytes take.
    package static func encodedCount(of count: Int) -> Int {
        let (whole, rest) = count.quotientAndRemainder(dividingBy: 3)
        return whole * 4 + (rest == 0 ? 0 : rest + 1)
    }

    /// Bytes that `count` characters hold; nil for a length that no encoding has.
    package static func decodedCount(of count: Int) -> Int? {
        let (whole, rest) = count.quotientAndRemainder(dividingBy: 4)
        guard rest != 1 else { return nil }
        return whole * 3 + (rest == 0 ? 0 : rest - 1)
    }

    /// Appends the encoding of `bytes` to `output`.
    package static func encode(_ bytes: Span<UInt8>, appendingTo output: inout [UInt8]) {
        output.reserveCapacity(output.count + encodedCount(of: bytes.count))
        var group: UInt32 = 0
        var bits: UInt32 = 0
        for index in bytes.indices {
            group = group << 8 | UInt32(bytes[index])
            bits += 8
            while bits >= 6 {
                bits -= 6
                output.append(character(of: group >> bits & 63))
            }
            group &= (1 << bits) - 1
        }
        if bits > 0 { output.append(character(of: group << (6 - bits) & 63)) }
    }

    /// The encoding of `bytes`.
    package static func encode(_ bytes: Span<UInt8>) -> [UInt8] {
        var output: [UInt8] = []
        encode(bytes, appendingTo: &output)
        return output
    }

    /// Decodes into the caller's storage and returns the number of bytes written.
    ///
    /// Nil, with the storage in any state, where the storage is too small or the text is not what `encode` makes:
    /// padding, white space, a character outside the alphabet, an impossible length, or unused bits that are not zero
    /// (RFC 4648 section 3.5; two texts for one token would defeat comparisons).
    package static func decode(_ text: Span<UInt8>, into storage: inout MutableSpan<UInt8>) -> Int? {
        guard let count = decodedCount(of: text.count), count <= storage.count else { return nil }
        // A span of one copy: an index into the table itself copies all of it each time.
        let table = reverseAlphabet
        let values = table.span
        let rest = text.count & 3
        let wholeGroups = text.count - rest
        let bytes = text.bytes
        var room = storage.mutableBytes
        var index = 0
        var written = 0
        while index < wholeGroups {
            let four = UInt32(littleEndian: bytes.unsafeLoadUnaligned(fromByteOffset: index, as: UInt32.self))
            let first = values[Int(four & 0xFF)]
            let second = values[Int(four >> 8 & 0xFF)]
            let third = values[Int(four >> 16 & 0xFF)]
            let fourth = values[Int(four >> 24)]
            guard (first | second | third | fourth) < 64 else { return nil }
            let group = UInt32(first) << 18 | UInt32(second) << 12 | UInt32(third) << 6 | UInt32(fourth)
            let high = UInt16(truncatingIfNeeded: group >> 8)
            room.storeBytes(of: high.bigEndian, toByteOffset: written, as: UInt16.self)
            room.storeBytes(of: UInt8(truncatingIfNeeded: group), toByteOffset: written + 2, as: UInt8.self)
            index += 4
            written += 3
        }
        guard rest > 0 else { return written }
        var group: UInt32 = 0
        while index < text.count {
            let value = values[Int(text[index])]
            guard value < 64 else { return nil }
            group = group << 6 | UInt32(value)
            index += 1
        }
        // Two characters hold one byte and four bits, three hold two bytes and two bits.
        let unused = UInt32(rest == 2 ? 4 : 2)
        guard group & ((1 << unused) - 1) == 0 else { return nil }
        group >>= unused
        if rest == 3 {
            storage[written] = UInt8(truncatingIfNeeded: group >> 8)
            written += 1
        }
        storage[written] = UInt8(truncatingIfNeeded: group)
        return written + 1
    }

    /// Decodes into new storage; nil where the other `decode` says nil.
    package static func decode(_ text: Span<UInt8>) -> [UInt8]? {
        guard let count = decodedCount(of: text.count) else { return nil }
        var bytes = [UInt8](repeating: 0, count: count)
        var span = bytes.mutableSpan
        return decode(text, into: &span) == nil ? nil : bytes
    }

    private static func character(of value: UInt32) -> UInt8 {
        let value = UInt8(truncatingIfNeeded: value)
        return switch value {
        case 0..<26: value + UInt8(ascii: "A")
        case 26..<52: value - 26 + UInt8(ascii: "a")
        case 52..<62: value - 52 + UInt8(ascii: "0")
        case 62: UInt8(ascii: "-")
        default: UInt8(ascii: "_")
        }
    }

    /// For each byte its value, or 255 outside the alphabet.
    private static let reverseAlphabet: InlineArray<256, UInt8> = {
        var table = InlineArray<256, UInt8>(repeating: 255)
        for value in UInt32(0)..<64 { table[Int(character(of: value))] = UInt8(value) }
        return table
    }()
}
