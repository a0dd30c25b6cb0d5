/// Phone numbers as WeChat gives them: digits, with a country code where the number is not of mainland China.
enum PhoneNumber {
    private static let longest = 24

    /// The number without blanks and hyphens; nil where it is none.
    static func validated(_ text: String) -> String? {
        guard text.utf8.count <= 2 * longest else { return nil }
        let number = text.utf8.filter { $0 != UInt8(ascii: " ") && $0 != UInt8(ascii: "-") }
        let digits = number.first == UInt8(ascii: "+") ? number.dropFirst() : number[...]
        guard (3...longest).contains(digits.count), digits.allSatisfy(isDigit) else { return nil }
        return String(decoding: number, as: UTF8.self)
    }

    /// What clients are shown: `138****0000`. Of a number of another country, its end alone.
    static func masked(_ number: String) -> String {
        var digits = number.utf8.filter(isDigit)
        var isChinese = digits.count == 11 && digits.first == UInt8(ascii: "1")
        if number.utf8.first == UInt8(ascii: "+") {
            isChinese = digits.count == 13 && digits.starts(with: "861".utf8)
            if isChinese { digits.removeFirst(2) }
        }
        let end = String(decoding: digits.suffix(4), as: UTF8.self)
        guard isChinese else { return digits.count < 8 ? "****" : "****" + end }
        return String(decoding: digits.prefix(3), as: UTF8.self) + "****" + end
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }
}
