import Cryptography
import JSON
import Testing

@testable import Gateway

/// The operators' port refused ids with a slash, a backslash or dots for its rules about paths, and ids of more than 128 bytes,
/// which another issuer may give. Nobody could block those users or end their sessions.
@Suite("Every user whom a service may see can be blocked")
struct UnnameableUserTests {
    private static let issuer = ForeignIssuerFixture.issuer
    private static let ids = [
        "a/b", #"a\b"#, "..", ".", "../x", "/", ";", "a;b", "%2F", "a#b?c", #""<>^`{|}"#, "a+b", ":7",
        String(repeating: "u", count: 129), String(repeating: "u", count: 256),
    ]

    private static func escaped(_ id: String) -> String {
        id.utf8.map { "%" + String($0, radix: 16, uppercase: true) }.joined()
    }

    private static func json(_ name: String, _ value: String) -> String {
        var json = JSONWriter()
        json.beginObject()
        json.member(name, value)
        json.endObject()
        return String(decoding: json.bytes, as: UTF8.self)
    }

    private static func foreignToken(_ id: String) throws -> String {
        let claims =
            json("sub", id).dropLast() + #","iss":"\#(issuer)","aud":"a","exp":\#(TestClock.wallSeconds() + 600)}"#
        let token = try TokenFixture.token(
            header: #"{"alg":"ES256","kid":"f1"}"#,
            claims: String(claims),
            key: TokenKeys.key(.es256)
        )
        return String(decoding: token, as: UTF8.self)
    }

    private static func run(_ body: @Sendable (TestGateway) async throws -> Void) async throws {
        let folder = try TestFolder()
        let tokens = try ForeignIssuerFixture.tokens(in: folder)
        try await TestGateway.run(
            service: try EchoService.start(),
            routes: [#"{"path":"/**","service":"s"}"#],
            members: TestGateway.guardedAdmin.merging(["tokens": tokens]) { $1 },
            body
        )
    }

    @Test("with the token of another issuer")
    func foreign() async throws {
        try await Self.run { gateway in
            let (client, admin) = (try gateway.client(), try gateway.operators())
            for id in Self.ids {
                let token = try Self.foreignToken(id)
                let path = "/users/\(Self.escaped(id))/block"
                #expect(try client.get("/a", token: token).status == 200, "\(id)")
                #expect(try admin.request("PUT", path, token: TestGateway.adminToken).outcome == "200 10000 -", "\(id)")
                #expect(try client.get("/a", token: token).outcome == "403 20008 USER_BLOCKED", "\(id)")
                #expect(try admin.request("DELETE", path, token: TestGateway.adminToken).status == 200, "\(id)")
                #expect(try client.get("/a", token: token).status == 200, "\(id)")
            }
        }
    }

    @Test("with a session of this gateway")
    func own() async throws {
        try await Self.run { gateway in
            let (client, admin) = (try gateway.client(), try gateway.operators())
            for id in Self.ids where !id.hasPrefix(":") {
                let minted = try admin.request(
                    "POST",
                    "/tokens",
                    token: TestGateway.adminToken,
                    fields: ["content-type: application/json"],
                    body: Self.json("userId", id)
                )
                let token = try #require(minted.data?["token"]?.string, "\(id)")
                #expect(try client.get("/a", token: token).status == 200, "\(id)")
                let path = "/users/\(Self.escaped(id))/sessions"
                let ended = try admin.request("DELETE", path, token: TestGateway.adminToken)
                #expect(ended.data?["ended"]?.integer == 1, "\(id)")
                #expect(try client.get("/a", token: token).outcome == "401 20005 AUTH_REVOKED", "\(id)")
            }
        }
    }
}
