extension RateLimitConfiguration: ConfigurationSection {
    static let summary = "A rate limit: a token bucket."

    static var keys: [Key<RateLimitConfiguration>] {
        [
            .key(
                "by",
                \.subject,
                .choice(),
                required: true,
                "Whose requests share a bucket. Without a token, `user` and `app` count by client address.",
                examples: [.string("user")]
            ),
            .key(
                "rate",
                \.rate,
                .requestRate,
                required: true,
                "The sustained rate of requests: a whole number and /s, /m, /h or /d.",
                examples: [.string("10/s"), .string("600/m")]
            ),
            .key(
                "burst",
                \.burst,
                ValueDecoder<Int>.integer(1...1_000_000).optional,
                "The number of requests that may arrive at once after a pause. If omitted, the number in `rate`.",
                examples: [.integer(20)]
            ),
        ]
    }
}

extension ValueDecoder where Value == RequestRate {
    private static let units: [(name: String, period: Duration)] = [
        ("s", .seconds(1)), ("m", .seconds(60)), ("h", .seconds(3_600)), ("d", .seconds(86_400)),
    ]

    /// `10/s`, `600/m`.
    static var requestRate: ValueDecoder {
        .text(
            [("pattern", .string("^[1-9][0-9]{0,6}/(s|m|h|d)$"))],
            expected: "a string such as \"10/s\" or \"600/m\"",
            parse: { text throws(TextFault) in
                let parts = text.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
                guard parts.count == 2, let digits = parts.first, (1...7).contains(digits.count),
                    digits.allSatisfy(\.isASCIIDigit), digits.first != UInt8(ascii: "0"),
                    let count = Int(Substring(digits)),
                    let unit = units.first(where: { $0.name.utf8.elementsEqual(parts[1]) })
                else {
                    throw TextFault(
                        message: "\(Printable.quoted(text)) is not a rate",
                        hint: "write a whole number and /s, /m, /h or /d: \"10/s\", \"600/m\""
                    )
                }
                guard count <= 1_000_000 else {
                    throw TextFault(message: "\(Printable.quoted(text)) is more than 1000000 at a time")
                }
                return RequestRate(count: count, period: unit.period)
            },
            render: { rate in
                units.first { $0.period == rate.period }.map { .string("\(rate.count)/\($0.name)") }
            }
        )
    }
}
