/// base64url without padding (RFC 4648 section 5, RFC 7515 section 2), canonical form only.
package enum Base64URL {
    /// Characters that `count` bytes take.
    package static func encodedCount(of count: Int) -> Int {
        let (whole, rest) = count.quotientAndRemainder(dividingBy: 3)
        return whole * 4 + (rest == 0 ? 0 : rest + 1)
    }

    /// The number of bytes in `count` characters; nil for a length that no encoding has.
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
        let bytes = text.bytes
        var room = storage.mutableBytes
        var index = 0
        var written = 0
        // Each group goes out as four bytes, and the next one overwrites the last of them: one more has to follow.
        var seen = SIMD16<UInt8>()
        while index + 16 <= text.count, written + 13 <= count {
            let values = Self.values(of: bytes.unsafeLoadUnaligned(fromByteOffset: index, as: SIMD16<UInt8>.self))
            seen |= values
            let groups = Self.groups(of: values)
            for lane in 0..<4 {
                room.storeBytes(of: (groups[lane] << 8).bigEndian, toByteOffset: written + 3 * lane, as: UInt32.self)
            }
            index += 16
            written += 12
        }
        // Decodes the rest, at most sixteen characters, as if zeros followed.
        var characters = SIMD16(repeating: UInt8(ascii: "A"))
        for lane in 0..<text.count - index { characters[lane] = text[index + lane] }
        let values = Self.values(of: characters)
        guard (seen | values).max() < 64 else { return nil }
        let groups = Self.groups(of: values)
        for place in 0..<count - written {
            storage[written + place] = UInt8(truncatingIfNeeded: groups[place / 3] >> UInt32(16 - 8 * (place % 3)))
        }
        // Two characters hold one byte and four bits; three hold two bytes and two bits.
        switch text.count & 3 {
        case 2: return groups[(count - written) / 3] & 0xFFFF == 0 ? count : nil
        case 3: return groups[(count - written) / 3] & 0xFF == 0 ? count : nil
        default: return count
        }
    }

    /// Decodes into new storage; nil as for the other `decode`.
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

    /// The values of sixteen characters; 255 for one outside the alphabet.
    @inline(__always)
    private static func values(of characters: SIMD16<UInt8>) -> SIMD16<UInt8> {
        let capitals = characters &- SIMD16(repeating: UInt8(ascii: "A"))
        let letters = characters &- SIMD16(repeating: UInt8(ascii: "a"))
        let digits = characters &- SIMD16(repeating: UInt8(ascii: "0"))
        // If none of these applies, 255 stays unchanged.
        var values = SIMD16<UInt8>(repeating: 255)
        values ^= ~capitals & lanes(capitals .< SIMD16(repeating: 26))
        values ^= ~(letters &+ SIMD16(repeating: 26)) & lanes(letters .< SIMD16(repeating: 26))
        values ^= ~(digits &+ SIMD16(repeating: 52)) & lanes(digits .< SIMD16(repeating: 10))
        values ^= SIMD16(repeating: ~62) & lanes(characters .== SIMD16(repeating: UInt8(ascii: "-")))
        values ^= SIMD16(repeating: ~63) & lanes(characters .== SIMD16(repeating: UInt8(ascii: "_")))
        return values
    }

    /// All bits of a lane that a comparison is true for, none of another. That is how a mask is kept; choosing by the mask
    /// itself is compiled to a loop over its lanes.
    @inline(__always)
    private static func lanes(_ mask: SIMDMask<SIMD16<Int8>>) -> SIMD16<UInt8> {
        unsafeBitCast(mask, to: SIMD16<UInt8>.self)
    }

    /// Four groups of 24 bits from sixteen times six, first come first.
    @inline(__always)
    private static func groups(of values: SIMD16<UInt8>) -> SIMD4<UInt32> {
        func each(_ values: SIMD4<UInt8>) -> SIMD4<UInt32> { SIMD4(truncatingIfNeeded: values) }
        let (even, odd) = (values.evenHalf, values.oddHalf)
        return each(even.evenHalf) &<< 18 | each(odd.evenHalf) &<< 12 | each(even.oddHalf) &<< 6 | each(odd.oddHalf)
    }
}
