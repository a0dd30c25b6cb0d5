import JSON

/// Dates as tokens carry them: seconds since 1970 (RFC 7519 section 2).
enum NumericDate {
    /// Beyond 2^53, readers that keep numbers as doubles see another date than we do.
    static let latest: Int64 = 1 << 53

    /// What becomes of parts of a second.
    enum Rounding {
        /// For the end of something.
        case down
        /// For its beginning.
        case up
    }

    /// The date in a claim of the gateway's own, which writes whole seconds: a number written as an integer. A string, a
    /// fraction, an exponent or a sign is `fault`.
    static func read(_ value: JSONOutline.Value, else fault: TokenFault) throws(TokenFault) -> Int64 {
        guard case .number(let seconds?) = value, seconds >= 0, seconds <= latest else { throw fault }
        return seconds
    }

    /// The date in a claim of another issuer: any JSON number, which RFC 7519 allows. A string or a sign is `fault`.
    static func read(
        _ value: JSONOutline.Value,
        of payload: JSONOutline,
        rounded rounding: Rounding,
        else fault: TokenFault
    ) throws(TokenFault) -> Int64 {
        guard case .decimal(let text) = value else { return try read(value, else: fault) }
        guard let seconds = seconds(payload[text], rounded: rounding) else { throw fault }
        return seconds
    }

    /// The whole seconds of a number, without a detour over a double; nil where it is negative or beyond `latest`.
    ///
    /// - Parameter number: as the grammar of RFC 8259 section 6 has it.
    static func seconds(_ number: some Collection<UInt8>, rounded rounding: Rounding) -> Int64? {
        guard let number = Decimal(number) else { return nil }
        var seconds: Int64 = 0
        // Leading zeros stay zero, however far the point is away; anything else is beyond `latest` soon.
        for index in 0..<max(number.point, 0) {
            guard index < number.digits.count || seconds > 0 else { break }
            seconds = seconds * 10 + Int64(index < number.digits.count ? number.digits[index] : 0)
            guard seconds <= latest else { return nil }
        }
        let hasRest = number.digits.dropFirst(max(number.point, 0)).contains { $0 > 0 }
        return rounding == .up && hasRest ? seconds + 1 : seconds
    }
}

/// A JSON number that is not negative: its digits, and how many of them stand before the decimal point. That is none where it
/// is below zero, and more than there are where zeros follow.
private struct Decimal {
    private(set) var digits: [UInt8] = []
    private(set) var point = 0

    init?(_ number: some Collection<UInt8>) {
        var rest = number[...]
        guard rest.first != UInt8(ascii: "-") else { return nil }
        var hasPoint = false
        while let byte = rest.first, byte != UInt8(ascii: "e"), byte != UInt8(ascii: "E") {
            rest = rest.dropFirst()
            if byte == UInt8(ascii: ".") {
                hasPoint = true
            } else {
                digits.append(byte &- UInt8(ascii: "0"))
                if !hasPoint { point += 1 }
            }
        }
        point += Decimal.exponent(rest.dropFirst())
    }

    /// Cut where no number of a token's length comes near.
    private static func exponent(_ text: some Collection<UInt8>) -> Int {
        let isNegative = text.first == UInt8(ascii: "-")
        var exponent = 0
        for byte in text where byte != UInt8(ascii: "-") && byte != UInt8(ascii: "+") {
            exponent = min(exponent * 10 + Int(byte &- UInt8(ascii: "0")), 1 << 20)
        }
        return isNegative ? -exponent : exponent
    }
}
