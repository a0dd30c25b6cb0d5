import Cryptography
import Testing

@testable import Gateway

/// A neighbour behind the same address, with bad signatures over connections that lasted, locked out users whose token the
/// worker had not seen before: they got 429.
@Suite("A connection answers for its bad signatures before its address does")
struct NeighbourTokenTests {
    private static let issuer = ForeignIssuerFixture.issuer

    private static func token(_ user: String, isGood: Bool) throws -> String {
        let key = isGood ? try TokenKeys.key(.es256) : try TokenKeys.otherES256()
        let token = try TokenFixture.token(
            header: #"{"alg":"ES256","kid":"f1"}"#,
            claims: #"{"sub":"\#(user)","iss":"\#(issuer)","aud":"a","exp":\#(TestClock.wallSeconds() + 600)}"#,
            key: key
        )
        return String(decoding: token, as: UTF8.self)
    }

    private static func run(
        _ members: [String: String] = [:],
        _ body: @Sendable (TestGateway) async throws -> Void
    ) async throws {
        let folder = try TestFolder()
        let tokens = try ForeignIssuerFixture.tokens(in: folder)
        try await TestGateway.run(
            service: try EchoService.start(),
            routes: [#"{"path":"/**","service":"s"}"#],
            members: members.merging(["tokens": tokens, "workers": "1"]) { $1 },
            body
        )
    }

    @Test("and is closed after five, while first-seen good tokens of the address are taken")
    func closed() async throws {
        try await Self.run { gateway in
            let bad = try Self.token("u", isGood: false)
            for number in 0..<20 {
                let client = try gateway.client()
                for round in 1...5 {
                    let answer = try client.get("/a", token: bad)
                    #expect(["401 20002 AUTH_INVALID", "429 24429 RATE_LIMITED"].contains(answer.outcome))
                    #expect((answer["connection"] == "close") == (round == 5))
                }
                #expect(try client.isClosed())
                let good = try Self.token("u\(number)", isGood: true)
                #expect(try gateway.client().get("/a", token: good).status == 200, "\(number)")
            }
        }
    }

    @Test("but a trusted proxy's does not: it is the connection of many")
    func proxy() async throws {
        try await Self.run(["trustedProxies": #"["127.0.0.1"]"#]) { gateway in
            let client = try gateway.client()
            let bad = try Self.token("u", isGood: false)
            for _ in 0..<12 {
                let answer = try client.get("/a", token: bad, fields: ["x-forwarded-for: 203.0.113.9"])
                #expect(answer.outcome == "401 20002 AUTH_INVALID" && answer["connection"] == nil)
            }
            let good = try Self.token("v", isGood: true)
            #expect(try client.get("/a", token: good, fields: ["x-forwarded-for: 203.0.113.8"]).status == 200)
        }
    }
}
