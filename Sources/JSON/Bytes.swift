extension Span<UInt8> {
    /// The index of the first byte from `start` on that needs handling inside a string; `count` if there is none.
    ///
    /// Eight bytes at a time: the lowest byte of the result with its highest bit set marks a byte over 0x7F, one under
    /// 0x20, a quotation mark or a backslash. A subtraction borrows only from bytes above such a byte.
    @inline(__always)
    func endOfPlain(from start: Int) -> Int {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let bytes = self.bytes
        var index = start
        while index + 8 <= count {
            let word = UInt64(littleEndian: bytes.unsafeLoadUnaligned(fromByteOffset: index, as: UInt64.self))
            let quotes = word ^ (ones &* 0x22)
            let backslashes = word ^ (ones &* 0x5C)
            let ends = (word | (word &- ones &* 0x20) | (quotes &- ones) | (backslashes &- ones)) & ones << 7
            guard ends == 0 else { return index + ends.trailingZeroBitCount >> 3 }
            index += 8
        }
        while index < count, self[index].isPlainInString { index += 1 }
        return index
    }

    /// The first index from `start` on without a complete three-byte sequence of UTF-8 (RFC 3629, section 4), the form
    /// of Chinese text. Stops at lead bytes whose second byte has a narrower range (E0, ED), and at the last bytes.
    @inline(__always)
    func endOfTriples(from start: Int) -> Int {
        let bytes = self.bytes
        var index = start
        while index + 4 <= count {
            let word = UInt32(littleEndian: bytes.unsafeLoadUnaligned(fromByteOffset: index, as: UInt32.self))
            guard word & 0xC0_C0_F0 == 0x80_80_E0, word & 0xFF != 0xE0, word & 0xFF != 0xED else { break }
            index += 3
        }
        return index
    }
}

extension UInt8 {
    /// RFC 8259, section 2.
    var isJSONWhiteSpace: Bool { self == 0x20 || self == 0x0A || self == 0x0D || self == 0x09 }

    /// What needs no look inside a string.
    var isPlainInString: Bool {
        self >= 0x20 && self < 0x80 && self != UInt8(ascii: "\"") && self != UInt8(ascii: "\\")
    }

    var isDigit: Bool { self >= UInt8(ascii: "0") && self <= UInt8(ascii: "9") }

    var isHexDigit: Bool { hexDigitValue != nil }

    var hexDigitValue: UInt8? {
        switch self {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): self - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): self - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): self - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}

extension StaticString {
    /// The byte at an index within the text; zero past it.
    func byte(at index: Int) -> UInt8 {
        withUTF8Buffer { index < $0.count ? $0[index] : 0 }
    }
}
