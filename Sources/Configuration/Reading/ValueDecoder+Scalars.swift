import JSON

extension ValueDecoder where Value == Bool {
    /// `true` or `false`.
    static var boolean: ValueDecoder {
        ValueDecoder(
            schema: .object([("type", .string("boolean"))]),
            read: { node, location, reader in
                if node.bool == nil { reader.wrongType(node, at: location, expected: "true or false") }
                return node.bool
            },
            render: { .bool($0) }
        )
    }

    /// True for the one string that is allowed.
    static func flag(named name: String) -> ValueDecoder {
        ValueDecoder(
            schema: .object([("const", .string(name))]),
            read: { node, location, reader in
                guard let text = node.string else {
                    reader.wrongType(node, at: location, expected: "\"\(name)\"")
                    return nil
                }
                if text.utf8.elementsEqual(name.utf8) { return true }
                reader.fault(
                    location,
                    "\(Printable.quoted(text)) is not \"\(name)\"",
                    hint: NameSuggestion.hint(for: text, among: [name]) ?? "remove the key to turn the feature off"
                )
                return nil
            }
        )
    }
}

extension ValueDecoder where Value == Int {
    /// A whole number.
    static func integer(_ range: ClosedRange<Int>) -> ValueDecoder {
        ValueDecoder(
            schema: .object([
                ("type", .string("integer")), ("minimum", .integer(range.lowerBound)),
                ("maximum", .integer(range.upperBound)),
            ]),
            read: { node, location, reader in
                guard case .number(let text) = node.value else {
                    reader.wrongType(node, at: location, expected: "a whole number")
                    return nil
                }
                guard let number = node.integer, let value = Int(exactly: number), range.contains(value) else {
                    reader.fault(
                        location,
                        "\(text.prefix(40)) is not a whole number from \(range.lowerBound) to \(range.upperBound)"
                    )
                    return nil
                }
                return value
            },
            render: { .integer($0) }
        )
    }

    /// A share, as `"20%"`.
    static func percent(_ range: ClosedRange<Int>) -> ValueDecoder {
        .text(
            [("pattern", .string("^(0|[1-9][0-9]{0,2})%$"))],
            expected: "a string such as \"20%\"",
            parse: { text throws(TextFault) in
                let digits = text.utf8.dropLast()
                guard text.utf8.last == UInt8(ascii: "%"), (1...3).contains(digits.count),
                    digits.allSatisfy(\.isASCIIDigit), digits.count == 1 || digits.first != UInt8(ascii: "0"),
                    let value = Int(Substring(digits)), range.contains(value)
                else {
                    throw TextFault(
                        message:
                            "\(Printable.quoted(text)) is not a percentage from \(range.lowerBound)% to \(range.upperBound)%"
                    )
                }
                return value
            },
            render: { .string("\($0)%") }
        )
    }

    /// A number of bytes with its unit.
    static func size(_ range: ClosedRange<Int>) -> ValueDecoder {
        .text(
            [("pattern", .string(SizeText.schemaPattern))],
            expected: SizeText.expected,
            parse: { text throws(TextFault) in
                let value = try SizeText.parse(text)
                guard let count = Int(exactly: value), range.contains(count) else {
                    throw TextFault(
                        message:
                            "\(Printable.quoted(text)) is not in the range \(SizeText.render(UInt64(range.lowerBound))) to "
                            + SizeText.render(UInt64(range.upperBound))
                    )
                }
                return count
            },
            render: { .string(SizeText.render(UInt64($0))) }
        )
    }
}

extension ValueDecoder where Value == Duration {
    /// A time with its unit.
    static func duration(_ range: ClosedRange<Duration>) -> ValueDecoder {
        .text(
            [("pattern", .string(DurationText.schemaPattern))],
            expected: DurationText.expected,
            parse: { text throws(TextFault) in
                let value = try DurationText.parse(text)
                guard range.contains(value) else {
                    throw TextFault(
                        message:
                            "\(Printable.quoted(text)) is not in the range \(DurationText.render(range.lowerBound)) to "
                            + DurationText.render(range.upperBound)
                    )
                }
                return value
            },
            render: { .string(DurationText.render($0)) }
        )
    }
}

extension ValueDecoder where Value == BodyRate {
    /// A number of bytes a second, or `"off"`.
    static var bodyRate: ValueDecoder {
        let range: ClosedRange<UInt64> = 1...(1 << 20)
        return .text(
            [("pattern", .string("^off$|" + SizeText.schemaPattern))],
            expected: SizeText.expected + " or \"off\"",
            parse: { text throws(TextFault) in
                if text == "off" { return .off }
                let value = try SizeText.parse(text)
                guard range.contains(value), let count = Int(exactly: value) else {
                    throw TextFault(
                        message:
                            "\(Printable.quoted(text)) is not in the range \(SizeText.render(range.lowerBound)) to "
                            + SizeText.render(range.upperBound),
                        hint: "write \"off\" for no minimum"
                    )
                }
                return .bytesPerSecond(count)
            },
            render: { rate in
                switch rate {
                case .bytesPerSecond(let count): .string(SizeText.render(UInt64(count)))
                case .off: .string("off")
                }
            }
        )
    }
}

extension ValueDecoder where Value == BodyLimit {
    /// A number of bytes with its unit, or `"unlimited"`.
    static var bodyLimit: ValueDecoder {
        .text(
            [("pattern", .string("^unlimited$|" + SizeText.schemaPattern))],
            expected: SizeText.expected + " or \"unlimited\"",
            parse: { text throws(TextFault) in
                if text == "unlimited" { return .unlimited }
                if let near = NameSuggestion.hint(for: text, among: ["unlimited"]) {
                    throw TextFault(message: "\(Printable.quoted(text)) is not a size", hint: near)
                }
                return .bytes(try SizeText.parse(text))
            },
            render: { limit in
                switch limit {
                case .bytes(let count): .string(SizeText.render(count))
                case .unlimited: .string("unlimited")
                }
            }
        )
    }
}
