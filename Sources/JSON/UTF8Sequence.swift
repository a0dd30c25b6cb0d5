/// Checks one multi-byte UTF-8 sequence byte by byte (RFC 3629, section 4: shortest form, no surrogates, nothing above
/// U+10FFFF). The tightened range of the second byte is what keeps the forbidden ones out.
struct UTF8Sequence: Sendable {
    private(set) var remaining: UInt8 = 0
    private var lowest: UInt8 = 0x80
    private var highest: UInt8 = 0xBF

    /// Begins with a byte of 0x80 and above; false where no sequence begins with it.
    mutating func begin(_ byte: UInt8) -> Bool {
        lowest = 0x80
        highest = 0xBF
        switch byte {
        case 0xC2...0xDF:
            remaining = 1
        case 0xE0:
            remaining = 2
            lowest = 0xA0
        case 0xED:
            remaining = 2
            highest = 0x9F
        case 0xE1...0xEF:
            remaining = 2
        case 0xF0:
            remaining = 3
            lowest = 0x90
        case 0xF1...0xF3:
            remaining = 3
        case 0xF4:
            remaining = 3
            highest = 0x8F
        default:
            remaining = 0
            return false
        }
        return true
    }

    /// Continues while `remaining` is not zero; false if the byte does not continue the sequence.
    mutating func next(_ byte: UInt8) -> Bool {
        guard remaining > 0, byte >= lowest, byte <= highest else { return false }
        lowest = 0x80
        highest = 0xBF
        remaining -= 1
        return true
    }
}
