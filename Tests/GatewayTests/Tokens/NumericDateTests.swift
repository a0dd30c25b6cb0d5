import Testing

@testable import Gateway

@Suite("The date in a claim of another issuer")
struct NumericDateTests {
    static let table: [(text: String, down: Int64?, up: Int64?)] = [
        ("0", 0, 0), ("0.0", 0, 0), ("0.1", 0, 1), ("1698742245.33", 1_698_742_245, 1_698_742_246),
        ("1698742245.000", 1_698_742_245, 1_698_742_245), ("1.69E9", 1_690_000_000, 1_690_000_000),
        ("1.69e+9", 1_690_000_000, 1_690_000_000), ("16987422453300e-4", 1_698_742_245, 1_698_742_246),
        ("0.0000000169e17", 1_690_000_000, 1_690_000_000), ("1e-9", 0, 1), ("0e99999999999999999999", 0, 0),
        ("0.000e-99999999999999999999", 0, 0), ("1e99999999999999999999", nil, nil), ("1e-99999999999999999999", 0, 1),
        ("9007199254740992.0", 1 << 53, 1 << 53), ("9007199254740993.0", nil, nil), ("1e16", nil, nil),
        ("-1", nil, nil), ("-0.5", nil, nil), ("1.9999999999999999999999", 1, 2),
    ]

    @Test("is cut to whole seconds exactly, or refused", arguments: table.indices)
    func dates(_ index: Int) {
        let date = Self.table[index]
        #expect(NumericDate.seconds(date.text.utf8, rounded: .down) == date.down, "\(date.text)")
        #expect(NumericDate.seconds(date.text.utf8, rounded: .up) == date.up, "\(date.text)")
    }

    @Test("takes no time, whatever its length", arguments: ["0", "1", "9"])
    func long(_ digit: String) {
        let digits = String(repeating: digit, count: 60_000)
        for text in ["0.\(digits)", "0.\(digits)e60000", "1e-\(digits)", "0.0e\(digits)"] {
            for rounding in [NumericDate.Rounding.down, .up] {
                if let seconds = NumericDate.seconds(text.utf8, rounded: rounding) {
                    #expect((0...1).contains(seconds))
                }
            }
        }
    }
}
