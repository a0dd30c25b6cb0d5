import Configuration
import RandomJSON
import Testing

@testable import Gateway

@Suite("Paths on their way to a service")
struct PathRewriteTests {
    private static func rewrite(_ rewrite: String, route: String) throws -> PathRewrite {
        let text = #"[{"path":"\#(route)","service":"s","slashes":"keep","rewrite":\#(rewrite)}]"#
        let configuration = try PhaseFixture.configuration(["routes": text])
        let first = try #require(configuration.routes.first)
        let configured = try #require(first.rewrite)
        return try #require(PathRewrite(configured, of: first.path))
    }

    /// Nil where it is refused.
    private static func apply(_ rewrite: PathRewrite, _ path: String) -> String? {
        var result = Array("left over".utf8)
        let path = Array(path.utf8)
        return rewrite.apply(to: path.span, into: &result) ? String(decoding: result, as: UTF8.self) : nil
    }

    static let cases: [(rewrite: String, route: String, path: String, result: String?)] = [
        (#"{"stripPrefix":"/api"}"#, "/api/**", "/api/orders/1", "/orders/1"),
        (#"{"stripPrefix":"/api"}"#, "/api/**", "/api", "/"),
        (#"{"stripPrefix":"/api"}"#, "/api/**", "/api/", "/"),
        (#"{"stripPrefix":"/api"}"#, "/api/**", "/api/a/", "/a/"),
        (#"{"stripPrefix":"/api"}"#, "/api/**", "/api/a//b", "/a//b"),
        (#"{"stripPrefix":"/api"}"#, "/api/**", "/api//evil.example/x", nil),
        (#"{"stripPrefix":"/api"}"#, "/api/**", "/api//", nil),
        (#"{"stripPrefix":"/api"}"#, "/api/**", "/api/%252F%2E", "/%252F%2E"),
        (#"{"stripPrefix":"/a/b"}"#, "/a/b/*", "/a/b/c", "/c"),
        (#"{"stripPrefix":"/a/b"}"#, "/a/b", "/a/b", "/"),
        (#"{"replacePrefix":["/api","/v2/x"]}"#, "/api/**", "/api/orders/1", "/v2/x/orders/1"),
        (#"{"replacePrefix":["/api","/v2"]}"#, "/api/**", "/api", "/v2"),
        (#"{"replacePrefix":["/api","/v2"]}"#, "/api/**", "/api//x", "/v2//x"),
        (#"{"replacePrefix":["/api","/"]}"#, "/api/**", "/api/x", "/x"),
        (#"{"replacePrefix":["/","/v2"]}"#, "/**", "/x/y", "/v2/x/y"),
        (#"{"replacePrefix":["/","/v2"]}"#, "/**", "/", "/v2/"),
        (#"{"template":"/users/{user}/orders/{id}"}"#, "/o/{id}/of/{user}", "/o/7/of/a%20b", "/users/a%20b/orders/7"),
        (#"{"template":"/x/{id}/{id2}"}"#, "/{id2}/{id}", "/1/2", "/x/2/1"),
        (#"{"template":"/v2/{id}/**"}"#, "/o/{id}/**", "/o/7/x/y", "/v2/7/x/y"),
        (#"{"template":"/v2/{id}/**"}"#, "/o/{id}/**", "/o/7", "/v2/7"),
        (#"{"template":"/v2/{id}/**"}"#, "/o/{id}/**", "/o/7/", "/v2/7/"),
        (#"{"template":"/{id}"}"#, "/o/{id}/**", "/o/..%2e/x", "/..%2e"),
        (#"{"template":"/**"}"#, "/o/{id}/**", "/o/7//evil.example", nil),
        (#"{"template":"/fixed"}"#, "/o/{id}", "/o/7", "/fixed"),
        (#"{"template":"/"}"#, "/o/{id}", "/o/7", "/"),
    ]

    @Test("are stripped, replaced, or made of named segments", arguments: cases)
    func rewriting(_ example: (rewrite: String, route: String, path: String, result: String?)) throws {
        let rewrite = try Self.rewrite(example.rewrite, route: example.route)
        #expect(Self.apply(rewrite, example.path) == example.result)
    }

    /// Paths of what is dangerous in one.
    private static func hostilePath(_ random: inout SeededGenerator) -> [UInt8] {
        let pieces = [
            "/", "/", "/", "a", "7", ".", "..", "%2e", "%2E", "%2f", "%5c", "%00", "%25", "%3b", ";", ";x=1", "\\",
            "//",
            "{id}", "%7B", "@", ":80", "evil.example", "%0d%0a", "~", "%41", "+", "*",
        ]
        let count = Int.random(in: 1...10, using: &random)
        return Array(("/" + (0..<count).map { _ in pieces.randomElement(using: &random) ?? "" }.joined()).utf8)
    }

    @Test(
        "what comes out is in normal form as what went in, whatever that was",
        arguments: [
            (#"{"stripPrefix":"/a"}"#, "/a/**"), (#"{"replacePrefix":["/","/v2"]}"#, "/**"),
            (#"{"template":"/x/{two}/{one}/**"}"#, "/{one}/{two}/**"), (#"{"template":"/{one}"}"#, "/{one}/**"),
            (#"{"template":"/**"}"#, "/{one}/**"),
        ]
    )
    func normalForm(_ rewrite: String, _ route: String) throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SeededGenerator(seed: seed)
        let plan = try Self.rewrite(rewrite, route: route)
        let text = #"[{"path":"\#(route)","service":"s","slashes":"keep"}]"#
        let table = PhaseFixture.table(try PhaseFixture.configuration(["routes": text]))
        var rewritten = 0
        for _ in 0..<20_000 {
            let raw = (route == "/a/**" ? Array("/a".utf8) : []) + Self.hostilePath(&random)
            var scratch: [UInt8] = []
            var path = raw
            switch TargetNormalizer.normalize(path: raw.span, into: &scratch) {
            case .unchanged: break
            case .rewritten: path = scratch
            case .refused: continue
            }
            guard table.match("GET", String(decoding: path, as: UTF8.self)) == .route(0) else { continue }
            var result: [UInt8] = []
            guard plan.apply(to: path.span, into: &result) else { continue }
            rewritten += 1
            let text = String(decoding: result, as: UTF8.self)
            #expect(result.first == UInt8(ascii: "/") && !text.hasPrefix("//"), "seed \(seed): \(text)")
            switch TargetNormalizer.normalize(path: result.span, into: &scratch) {
            case .unchanged: break
            case .rewritten, .refused: Issue.record("seed \(seed): \(text)")
            }
        }
        #expect(rewritten > 100)
    }

    @Test("a segment is found by its number, and none behind the last")
    func segments() {
        let path = Array("/a//b/".utf8)
        let found = (0..<6).map { number in
            PathSegments.range(number, in: path.span).map { String(decoding: path[$0], as: UTF8.self) }
        }
        #expect(found == ["a", "", "b", "", nil, nil])
        #expect((0..<6).map { PathSegments.start($0, in: path.span) } == [1, 3, 4, 6, 7, nil])
    }
}
