import JSON

/// Writes text into storage whose size was computed in advance; traps if it is too small. Most texts are a few machine
/// words long and plain, so they are checked and copied word by word.
extension OutputRawSpan {
    /// Text of our own, which needs no escapes.
    @inline(__always)
    mutating func append(_ text: StaticString) {
        text.withUTF8Buffer { append(copying: UnsafeRawBufferPointer($0)) }
    }

    /// Bytes as they are.
    @inline(__always)
    mutating func append(_ bytes: Span<UInt8>) {
        bytes.withUnsafeBytes { append(copying: $0) }
    }

    /// The inside of a JSON string. Needs room for eight bytes more than it writes.
    mutating func append(escaping text: Span<UInt8>) {
        var start = appendPlain(text)
        while start < text.count {
            let piece = JSONEscape.piece(of: text, from: start)
            append(text.extracting(start..<piece.plainEnd))
            append(piece.escape.span.extracting(first: piece.escapeCount))
            start = piece.next
        }
    }

    /// A number in decimal digits. Needs room for eight bytes more than it writes.
    mutating func append(decimal value: Int64) {
        if value < 0 { append(UInt8(ascii: "-")) }
        append(decimal: value.magnitude)
    }

    private mutating func append(decimal value: UInt64) {
        guard value >= 100_000_000 else {
            let digits = DecimalText.digits(UInt32(value))
            let zeros = min(digits.trailingZeroBitCount / 8, 7)
            append(word: (digits | DecimalText.zeros) >> UInt64(zeros * 8), count: 8 - zeros)
            return
        }
        append(decimal: value / 100_000_000)
        append(word: DecimalText.digits(UInt32(value % 100_000_000)) | DecimalText.zeros, count: 8)
    }

    /// Copies from the beginning while whole words are plain; gives the number of bytes copied.
    private mutating func appendPlain(_ text: Span<UInt8>) -> Int {
        let bytes = text.bytes
        var offset = 0
        while offset + 8 <= text.count {
            let word = UInt64(littleEndian: bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self))
            guard PlainText.isPlain(word) else { return offset }
            append(word: word, count: 8)
            offset += 8
        }
        let rest = text.count - offset
        guard rest > 0 else { return offset }
        var word: UInt64 = 0
        if offset > 0 {
            // The last eight bytes, without those that were copied.
            word = UInt64(littleEndian: bytes.unsafeLoadUnaligned(fromByteOffset: text.count - 8, as: UInt64.self))
            word >>= UInt64(64 - rest * 8)
        } else {
            for index in (0..<rest).reversed() { word = word << 8 | UInt64(text[index]) }
        }
        word |= PlainText.blanks << UInt64(rest * 8)
        guard PlainText.isPlain(word) else { return offset }
        append(word: word, count: rest)
        return text.count
    }

    /// The first bytes of a word, the lowest first.
    @inline(__always)
    private mutating func append(word: UInt64, count bytes: Int) {
        precondition(freeCapacity >= 8, "the line's longest form was reckoned too short")
        withUnsafeMutableBytes { room, count in
            room.storeBytes(of: word.littleEndian, toByteOffset: count, as: UInt64.self)
            count += bytes
        }
    }

    /// One copy instead of a checked append per byte.
    @inline(__always)
    private mutating func append(copying source: UnsafeRawBufferPointer) {
        precondition(source.count <= freeCapacity, "the line's longest form was reckoned too short")
        withUnsafeMutableBytes { room, count in
            UnsafeMutableRawBufferPointer(rebasing: room[count...]).copyMemory(from: source)
            count += source.count
        }
    }
}

/// Decimal text, eight digits at a time: a division by a constant in all lanes of a word at once is a multiplication
/// and a shift, which is exact for numbers as small as these.
enum DecimalText {
    /// Eight times "0".
    static let zeros: UInt64 = 0x3030_3030_3030_3030

    /// The values of the eight digits of a number below 10^8, the first in the lowest byte.
    @inline(__always)
    static func digits(_ value: UInt32) -> UInt64 {
        let fours = UInt64(value / 10_000) | UInt64(value % 10_000) << 32
        let hundreds = ((fours &* 10_486) >> 20) & 0x7F_0000_007F
        let twos = (fours &- hundreds &* 100) << 16 | hundreds
        let tens = ((twos &* 103) >> 10) & 0x000F_000F_000F_000F
        return (twos &- tens &* 10) << 8 | tens
    }
}

/// Text that needs no escape in a JSON string.
enum PlainText {
    /// Eight spaces.
    static let blanks: UInt64 = 0x2020_2020_2020_2020

    /// Whether all bytes of a word are printable ASCII but quotation mark and backslash.
    @inline(__always)
    static func isPlain(_ word: UInt64) -> Bool {
        let ones: UInt64 = 0x0101_0101_0101_0101
        // The highest bit of each byte: set in the lowest byte that is zero, and in others only above such a one.
        func zeros(_ word: UInt64) -> UInt64 { (word &- ones) & ~word }
        let marks = zeros(word ^ (ones &* 0x22)) | zeros(word ^ (ones &* 0x5C)) | zeros(word ^ (ones &* 0x7F))
        let controls = (word &- blanks) & ~word
        return (word | marks | controls) & (ones &* 0x80) == 0
    }
}
