/// Durations as the file writes them: `250ms`, `5s`, `20m`, `2h`, `30d`.
enum DurationText {
    static let schemaPattern = "^(0|[1-9][0-9]*)(ms|s|m|h|d)$"
    static let expected = "a string such as \"250ms\", \"5s\" or \"2h\""
    private static let units: [(name: String, factor: UInt64)] = [
        ("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000),
    ]

    static func parse(_ text: String) throws(TextFault) -> Duration {
        let milliseconds = try Quantity.parse(
            text,
            units: units,
            what: "duration",
            examples: "\"250ms\", \"5s\", \"2h\""
        )
        // A millionth of the maximum of 64 bits: far beyond the range of every key.
        guard let value = Int64(exactly: milliseconds), value <= .max / 1_000_000 else {
            throw TextFault(message: "the duration \(Printable.quoted(text)) is too long")
        }
        return .milliseconds(value)
    }

    /// In the largest of days, hours, seconds and milliseconds that gives a whole number; a single day is `24h`.
    static func render(_ duration: Duration) -> String {
        let (seconds, attoseconds) = duration.components
        if attoseconds != 0 { return "\(seconds * 1_000 + attoseconds / 1_000_000_000_000_000)ms" }
        if seconds > 86_400, seconds % 86_400 == 0 { return "\(seconds / 86_400)d" }
        if seconds > 0, seconds % 3_600 == 0 { return "\(seconds / 3_600)h" }
        return "\(seconds)s"
    }
}

/// Sizes as the file writes them: `512B`, `64KiB`, `10MiB`, `1GiB`.
enum SizeText {
    static let schemaPattern = "^(0|[1-9][0-9]*)(B|KiB|MiB|GiB)$"
    static let expected = "a string such as \"512B\", \"64KiB\" or \"10MiB\""
    private static let units: [(name: String, factor: UInt64)] = [
        ("B", 1), ("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30),
    ]

    static func parse(_ text: String) throws(TextFault) -> UInt64 {
        let bytes = try Quantity.parse(text, units: units, what: "size", examples: "\"512B\", \"64KiB\", \"10MiB\"")
        // Leaves room for additions without overflow, within a signed 64-bit content length.
        guard bytes <= UInt64(Int64.max) else {
            throw TextFault(message: "the size \(Printable.quoted(text)) is too large")
        }
        return bytes
    }

    /// In the largest unit that gives a whole number.
    static func render(_ bytes: UInt64) -> String {
        let unit = units.last { bytes >= $0.factor && bytes % $0.factor == 0 } ?? ("B", 1)
        return "\(bytes / unit.factor)\(unit.name)"
    }
}

private enum Quantity {
    static func parse(
        _ text: String,
        units: [(name: String, factor: UInt64)],
        what: String,
        examples: String
    ) throws(TextFault) -> UInt64 {
        let digits = text.utf8.prefix { $0.isASCIIDigit }
        let name = Substring(text.utf8.dropFirst(digits.count))
        // "is not a duration", "is not a size"
        let malformed = TextFault(
            message: "\(Printable.quoted(text)) is not a \(what)",
            hint: "write a whole number and a unit: \(examples)"
        )
        guard !digits.isEmpty, digits.count == 1 || digits.first != UInt8(ascii: "0") else { throw malformed }
        guard let unit = units.first(where: { $0.name.utf8.elementsEqual(name.utf8) }) else {
            let names = units.map(\.name)
            guard !name.isEmpty, name.utf8.allSatisfy(\.isASCIILetter) else { throw malformed }
            let near = units.first { $0.name.lowercased() == name.lowercased() || $0.name.first == name.first }
            throw TextFault(
                message: "\(Printable.quoted(text)) is not a \(what): the units are \(names.joined(separator: ", "))",
                hint: near.map { "did you mean \"\(Substring(digits))\($0.name)\"?" }
            )
        }
        guard let number = UInt64(Substring(digits)),
            case let (product, overflow) = number.multipliedReportingOverflow(by: unit.factor), !overflow
        else { throw TextFault(message: "the \(what) \(Printable.quoted(text)) is too large") }
        return product
    }
}
