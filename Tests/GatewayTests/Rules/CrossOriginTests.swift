import Configuration
import HTTPWire
import NIOCore
import Testing

@testable import Gateway

@Suite("What a route says of other origins")
struct CrossOriginTests {
    private static func fields(_ cors: String, origin: String?, isPreflight: Bool, route: String = "") throws
        -> [String]
    {
        let text = #"[{"path":"/a","service":"s"\#(route),"cors":\#(cors)}]"#
        let configuration = try PhaseFixture.configuration(["routes": text])
        let first = try #require(configuration.routes.first)
        let compiled = CrossOrigin(
            try #require(first.cors),
            route: first,
            tokenHeader: configuration.tokens.header
        )
        let bytes = Array((origin ?? "").utf8)
        let fields =
            origin == nil
            ? compiled.fields(origin: nil, isPreflight: isPreflight)
            : compiled.fields(origin: bytes.span, isPreflight: isPreflight)
        return String(buffer: fields.lines).split(separator: "\r\n").map(String.init)
    }

    private static let listed = #"{"origins":["https://a.example","https://b.example:8443"],"expose":["x-total"]}"#
    private static let exposed =
        "access-control-expose-headers: x-request-id, x-auth-token, x-auth-expires-in, retry-after, ratelimit, "
        + "ratelimit-policy"

    @Test("a listed origin is named, byte for byte, and caches are told")
    func answers() throws {
        for origin in ["https://a.example", "https://b.example:8443"] {
            #expect(
                try Self.fields(Self.listed, origin: origin, isPreflight: false)
                    == ["vary: origin", "access-control-allow-origin: " + origin, Self.exposed + ", x-total"]
            )
        }
    }

    @Test(
        "nobody else is, nor anything that looks like one",
        arguments: [
            nil, "", "null", "https://A.example", "http://a.example", "https://a.example.evil", "https://a.exampl",
            "https://b.example", "https://a.example, https://b.example:8443", "*",
        ]
    )
    func strangers(_ origin: String?) throws {
        for isPreflight in [false, true] {
            #expect(try Self.fields(Self.listed, origin: origin, isPreflight: isPreflight) == ["vary: origin"])
        }
    }

    @Test("all origins are named by a star, without credentials and without a word to caches")
    func everybody() throws {
        #expect(
            try Self.fields(#"{"origins":["*"]}"#, origin: "https://x.example", isPreflight: false)
                == ["access-control-allow-origin: *", Self.exposed]
        )
        #expect(try Self.fields(#"{"origins":["*"]}"#, origin: nil, isPreflight: false) == [])
    }

    @Test("a preflight learns of methods, headers and how long that holds")
    func preflight() throws {
        let cors =
            #"{"origins":["https://a.example"],"credentials":true,"headers":["X-A","content-type"],"maxAge":"1h"}"#
        let route = #","methods":["POST","PATCH"],"methodOverride":true"#
        #expect(
            try Self.fields(cors, origin: "https://a.example", isPreflight: true, route: route) == [
                "vary: origin", "access-control-allow-origin: https://a.example",
                "access-control-allow-credentials: true", "access-control-allow-methods: POST, PATCH",
                "access-control-allow-headers: authorization, content-type, x-wx-code, x-wx-appid, "
                    + "x-http-method-override, x-a",
                "access-control-max-age: 3600",
            ]
        )
    }
}
