import HTTPWire
import Login
import Testing

@testable import Gateway

@Suite("The paths of the operators' port")
struct AdminResourceTests {
    private static func resource(_ path: String) throws -> AdminResource? {
        let bytes = Array(path.utf8)
        return try AdminResource(bytes.span)
    }

    private static let calls: [(HTTPMethod, String, AdminRequest.Call)] = [
        (.delete, "/sessions/s-1", .endSession("s-1")),
        (.delete, "/users/u_1/sessions", .endSessions(userID: "u_1")),
        (.put, "/users/u_1/block", .block(userID: "u_1")),
        (.delete, "/users/a%2Fb%20c/block", .unblock(userID: "a/b c")),
        (.put, "/users/%2E%2E/block", .block(userID: "..")), (.put, "/users/../block", .block(userID: "..")),
        (.delete, "/users/a%5Cb/sessions", .endSessions(userID: #"a\b"#)),
        (.put, "/users/a;b=c/block", .block(userID: "a;b=c")), (.put, "/users/%252F/block", .block(userID: "%2F")),
        (.post, "/tokens", .mintToken),
        (.delete, "/wechat/fuses/wx1", .resetFuse(appID: "wx1")),
        (.get, "/counters", .counters),
    ]

    @Test("say what is asked", arguments: calls)
    func call(_ method: HTTPMethod, _ path: String, _ expected: AdminRequest.Call) throws {
        let resource = try #require(try Self.resource(path))
        #expect(resource.call(method, query: []) == expected)
        #expect(resource.call(.patch, query: []) == nil)
        let allowed = String(decoding: resource.allow, as: UTF8.self)
        #expect(allowed.contains("\(method)".uppercased()))
    }

    @Test("the access token's app stands in the query")
    func accessToken() throws {
        let resource = try #require(try Self.resource("/wechat/access-token"))
        #expect(resource.call(.get, query: Array("a=1&appId=wx%31".utf8)) == .accessToken(appID: "wx1"))
        #expect(resource.call(.get, query: []) == .accessToken(appID: nil))
        #expect(resource.call(.get, query: Array("appId=a&appId=b".utf8)) == .accessToken(appID: nil))
    }

    @Test(
        "nothing stands anywhere else",
        arguments: [
            "/", "/sessions", "/sessions/", "/sessions//", "/sessions/a/b", "/users/u", "/users/u/", "/users//block",
            "/users/u/blocks", "/wechat", "/wechat/fuses", "/wechat/fuses/", "/tokens/1", "/counters/", "/auth/login",
            "/users/a/b/block", "/users%2Fu/block", "/users/../tokens", "/./tokens", "",
        ]
    )
    func nothing(_ path: String) throws {
        #expect(try Self.resource(path) == nil)
    }

    @Test(
        "what is no path of a URL is refused",
        arguments: [
            ("/users/%zz/block", TargetFault.brokenEscape), ("/users/a%2/block", .brokenEscape),
            (#"/users/a\b/block"#, .backslash), ("/users/a#b/block", .fragment),
            ("/users/门/block", .controlOrNonASCII), ("tokens", .noLeadingSlash),
        ]
    )
    func refused(_ path: String, _ fault: TargetFault) {
        #expect(throws: fault) { try Self.resource(path) }
    }
}
