import Testing

@testable import Gateway

@Suite("A token taken apart")
struct TokenInspectionTests {
    private func inspect(_ text: String, now: Int64 = TokenFixture.now) throws -> TokenInspection {
        try TokenInspection(text, rules: TokenFixture.rules(), now: now)
    }

    @Test("shows header, claims and how long it is good", arguments: ["", "Bearer ", "  bearer "])
    func valid(_ prefix: String) throws {
        let token = String(
            decoding: try TokenFixture.token(claims: TokenFixture.claims(["n": "[1,{},[]]"])),
            as: UTF8.self
        )
        let inspection = try inspect(prefix + token + "\n")
        #expect(inspection.isValid)
        #expect(inspection.header == "{\n  \"alg\": \"HS256\",\n  \"kid\": \"k1\",\n  \"typ\": \"at+jwt\"\n}")
        #expect(inspection.claims?.contains("\n  \"sub\": \"alice\",\n") == true)
        #expect(inspection.claims?.contains("\n  \"n\": [\n    1,\n    {},\n    []\n  ]\n}") == true)
        #expect(inspection.verdict == "valid for another 60 s")
        #expect(inspection.report.hasSuffix("verdict: valid for another 60 s"))
    }

    @Test("says since when it is expired")
    func expired() throws {
        let token = String(decoding: try TokenFixture.token(), as: UTF8.self)
        let inspection = try inspect(token, now: TokenFixture.now + 75)
        #expect(!inspection.isValid)
        #expect(inspection.verdict == "otherwise valid, but expired 15 s ago")
    }

    @Test("shows what cannot be trusted too, and says why not")
    func invalid() throws {
        let token = String(decoding: try TokenFixture.token(secret: [UInt8](repeating: 9, count: 32)), as: UTF8.self)
        let inspection = try inspect(token)
        #expect(!inspection.isValid)
        #expect(inspection.claims != nil)
        #expect(inspection.verdict == "invalid (signature_mismatch): the signature does not match")
    }

    @Test("of garbage cannot be read", arguments: ["", "x", "a.b.c", "....", "Bearer", "\u{1b}[2J.e30.x"])
    func garbage(_ text: String) throws {
        let inspection = try inspect(text)
        #expect(!inspection.isValid)
        #expect(inspection.header == nil)
        #expect(inspection.report.hasPrefix("header: cannot be read\n"))
    }

    @Test("has a reason and a sentence for every fault, no two the same")
    func faults() {
        #expect(Set(TokenFault.allCases.map(\.rawValue)).count == TokenFault.allCases.count)
        #expect(Set(TokenFault.allCases.map(\.explanation)).count == TokenFault.allCases.count)
    }
}
