import Testing

/// Paths with brackets once got 400, and queries reached services with bytes that RFC 3986 does not allow, which strict ones
/// refuse.
@Suite("A target that is not encoded reaches a service as RFC 3986 allows it")
struct BracketTests {
    static let cases: [(target: String, service: String?)] = [
        ("/a[0]", "/a%5B0%5D"), ("/a%5b0%5D", "/a%5B0%5D"), ("/a{b}|c^", "/a%7Bb%7D%7Cc%5E"),
        ("/x?a[]=1&a[]=%e4", "/x?a%5B%5D=1&a%5B%5D=%e4"), ("/x?q=\"<>^`{|}", "/x?q=%22%3C%3E%5E%60%7B%7C%7D"),
        ("/x?100%", "/x?100%25"), ("/x?", "/x?"), ("/x?a/b?c", "/x?a/b?c"), ("/a[?b]", "/a%5B?b%5D"),
        // Read in different ways, or not ASCII.
        ("/x?a\\b", nil), ("/a\\b", nil), ("/x?订", nil), ("/订", nil), ("/x?a#b", nil),
    ]

    @Test("escaped, or refused", arguments: cases)
    func target(target: String, service expected: String?) async throws {
        let service = try ScriptedService.answering(ok())
        try await TestGateway.run(service: service) { gateway in
            let client = try gateway.client()
            let fields = ["x-kept: 1", "content-type: text/plain"]
            let response = try client.request("POST", target, fields: fields, body: "body")
            if let expected {
                #expect(response.status == 200)
                let request = try #require(service.requests.first)
                #expect(request.target == expected)
                #expect(request["x-kept"] == "1" && request["content-type"] == "text/plain")
                #expect(request.text == "body")
                #expect(try client.livesOn())
            } else {
                response.expectRefusal(24400, "BAD_REQUEST", status: 400)
                #expect(service.connections == 0)
            }
        }
    }

    @Test("a route for brackets is written with escapes, and a rewrite keeps them")
    func routed() async throws {
        let service = try ScriptedService.answering(ok())
        let routes = [
            #"{"path":"/a/%5Bx%5D","service":"s","auth":"none"}"#,
            #"{"path":"/b/{name}","service":"s","auth":"none","rewrite":{"template":"/c/{name}"}}"#,
        ]
        try await TestGateway.run(service: service, routes: routes) { gateway in
            let client = try gateway.client()
            #expect(try client.get("/a/[x]?[").status == 200)
            #expect(try client.get("/b/[y]?]").status == 200)
            #expect(service.requests.map(\.target) == ["/a/%5Bx%5D?%5B", "/c/%5By%5D?%5D"])
        }
    }
}
