import Cryptography
import Testing

@testable import Gateway

/// A token of another issuer with four KB of roles got 20002 with `relogin` true, as did one with a large header. The next
/// token was as large, so clients logged in without end.
@Suite("A token that is too large invites no login")
struct LargeTokenTests {
    private static let issuer = ForeignIssuerFixture.issuer

    private static func token(roles count: Int, header: String = "") throws -> String {
        let roles = #""\#(String(repeating: "r", count: count))""#
        let token = try TokenFixture.token(
            header: #"{"alg":"ES256","kid":"f1"\#(header)}"#,
            claims:
                #"{"sub":"u","iss":"\#(issuer)","aud":"a","exp":\#(TestClock.wallSeconds() + 600),"roles":[\#(roles)]}"#,
            key: TokenKeys.key(.es256)
        )
        return String(decoding: token, as: UTF8.self)
    }

    private static func run(limits: String, _ body: @Sendable (TestGateway) async throws -> Void) async throws {
        let folder = try TestFolder()
        let tokens = try ForeignIssuerFixture.tokens(in: folder)
        try await TestGateway.run(
            service: try EchoService.start(),
            routes: [#"{"path":"/**","service":"s"}"#, #"{"path":"/open/**","service":"s","auth":"optional"}"#],
            members: ["tokens": tokens, "limits": limits],
            body
        )
    }

    private static func expectTooLarge(_ response: RawResponse) {
        #expect(response.outcome == "431 24431 HEADERS_TOO_LARGE")
        #expect(response.relogin == false && response.replay == false)
    }

    @Test("is refused beyond 8 KiB unless configured otherwise, and roles of 4 KB are none too many")
    func usualLimit() async throws {
        try await Self.run(limits: "{}") { gateway in
            let client = try gateway.client()
            for _ in 0..<2 { #expect(try client.get("/a", token: Self.token(roles: 4096)).status == 200) }
            let large = try Self.token(roles: 8192)
            for path in ["/a", "/open/a", "/auth/session"] {
                Self.expectTooLarge(try client.get(path, token: large))
                // A code of wx.login is not spent for it.
                Self.expectTooLarge(try client.get(path, token: large, fields: ["x-wx-code: c1"]))
            }
            Self.expectTooLarge(
                try client.get(
                    "/a",
                    token: Self.token(roles: 1, header: #","x5t":"\#(String(repeating: "x", count: 512))""#)
                )
            )
        }
    }

    @Test("is taken up to the size that is configured")
    func configuredLimit() async throws {
        try await Self.run(limits: #"{"token":"16KiB"}"#) { gateway in
            let client = try gateway.client()
            let token = try Self.token(roles: 11_000)
            #expect(token.utf8.count > 14_000 && token.utf8.count < 16_384)
            for _ in 0..<3 { #expect(try client.get("/a", token: token).status == 200) }
            // Of a token that is remembered by its digest, every byte counts.
            let changed = token.dropLast() + (token.hasSuffix("A") ? "Q" : "A")
            #expect(try client.get("/a", token: String(changed)).outcome == "401 20002 AUTH_INVALID")
            let middle = token.utf8.count / 2
            var bytes = Array(token.utf8)
            bytes[middle] = bytes[middle] == UInt8(ascii: "A") ? UInt8(ascii: "B") : UInt8(ascii: "A")
            let altered = try client.get("/a", token: String(decoding: bytes, as: UTF8.self))
            #expect(altered.outcome == "401 20002 AUTH_INVALID")
            Self.expectTooLarge(try client.get("/a", token: Self.token(roles: 12_500)))
        }
    }
}
