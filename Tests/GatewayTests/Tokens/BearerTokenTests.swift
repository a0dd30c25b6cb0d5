import Testing

@testable import Gateway

@Suite("The token in an authorization field")
struct BearerTokenTests {
    @Test(
        "is found with and without the scheme",
        arguments: [
            ("abc.def.ghi", "abc.def.ghi"), ("Bearer abc", "abc"), ("bearer abc", "abc"), ("BEARER abc", "abc"),
            ("bEaReR\tabc", "abc"), ("  Bearer   abc \t", "abc"), (" abc ", "abc"), ("Bearerabc", "Bearerabc"),
            ("Bearer Bearer abc", "Bearer abc"), ("Basic dTpw", "Basic dTpw"), ("bear", "bear"),
            ("Bearer\u{0}abc", "Bearer\u{0}abc"), ("Bearer  a b ", "a b"),
        ]
    )
    func found(_ value: String, _ token: String) {
        #expect(extract(Array(value.utf8)) == Array(token.utf8))
    }

    @Test("is missing where nothing is left", arguments: ["", " ", "\t \t", "Bearer", "bearer ", "  BEARER\t"])
    func missing(_ value: String) {
        #expect(extract(Array(value.utf8)) == nil)
    }

    private func extract(_ value: [UInt8]) -> [UInt8]? {
        BearerToken.range(in: value.span).map { Array(value[$0]) }
    }
}
