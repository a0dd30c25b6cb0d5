/// Bytes from hexadecimal text, white space ignored. Bad digits make the test fail on the comparison.
func hex(_ text: String) -> [UInt8] {
    let digits = text.filter { !$0.isWhitespace }
    return stride(from: 0, to: digits.count - 1, by: 2).map { offset in
        let start = digits.index(digits.startIndex, offsetBy: offset)
        return UInt8(digits[start..<digits.index(start, offsetBy: 2)], radix: 16) ?? 0
    }
}

func array<let count: Int>(_ bytes: InlineArray<count, UInt8>) -> [UInt8] {
    bytes.indices.map { bytes[$0] }
}
