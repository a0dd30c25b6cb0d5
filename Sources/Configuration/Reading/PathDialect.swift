/// How other routers write paths, told by marks that paths of requests hardly have.
enum PathDialect {
    static let cure = "write \"{id}\" for one segment, and \"/**\" at the end for all that follows"

    static func isRegularExpression(_ text: String) -> Bool {
        text.hasPrefix("^") || text.hasSuffix("$")
            || [".*", ".+", "(?", "\\d", "\\w", "\\.", "\\/", "]+", "]*", "]{", ")+", "[^", "[0-9", "[a-z", "[A-Z"]
                .contains { text.contains($0) }
    }

    /// Whether there is a question mark that belongs to no parameter.
    static func hasQuery(_ text: String) -> Bool {
        guard let mark = text.utf8.firstIndex(of: UInt8(ascii: "?")) else { return false }
        let before = text.utf8[..<mark]
        return before.count { $0 == UInt8(ascii: "{") } == before.count { $0 == UInt8(ascii: "}") }
    }

    /// The name of a parameter in the style of Express (`:id`), Flask (`<int:id>`) or Next.js (`[id]`); nil where the
    /// segment is none.
    static func parameter(_ segment: [UInt8]) -> String? {
        let name: ArraySlice<UInt8>
        switch (segment.first, segment.last) {
        case (UInt8(ascii: ":"), _): name = segment.dropFirst()
        case (UInt8(ascii: "<"), UInt8(ascii: ">")):
            let inner = segment.dropFirst().dropLast()
            name = inner.lastIndex(of: UInt8(ascii: ":")).map { inner[($0 + 1)...] } ?? inner
        case (UInt8(ascii: "["), UInt8(ascii: "]")): name = segment.dropFirst().dropLast()
        default: return nil
        }
        guard !name.isEmpty, name.allSatisfy({ $0.isASCIILetter || $0.isASCIIDigit || $0 == 0x5F || $0 == 0x2D }) else {
            return nil
        }
        return String(decoding: name, as: UTF8.self)
    }
}
