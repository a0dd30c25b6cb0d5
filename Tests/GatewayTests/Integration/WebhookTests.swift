import Cryptography
import JSON
import Testing

@Suite("Calls that must arrive as they are")
struct WebhookTests {
    /// The recipe of docs/services.md, in a file whose other routes answer 200 whatever happens.
    private static let routes = [
        #"""
        {"path":"/pay/notify","methods":["POST"],"service":"s",
         "auth":"none","failures":"none","statuses":"real","bodyLimit":"1MiB"}
        """#
    ]
    private static let key = Array("the key of the sender and the service".utf8)

    private static func signature(_ body: [UInt8]) throws -> String {
        let code = try HMACSHA256.code(of: body.span, key: key.span)
        return code.span.indices.map { String(code.span[$0], radix: 16) }.joined(separator: ".")
    }

    /// Bodies that something on the way might be tempted to read.
    static let bodies: [[UInt8]] = [
        Array(#"{"a" : 1.0,  "a":"\u002f/é" }\#r\#n"#.utf8), [0xEF, 0xBB, 0xBF] + Array("<xml/>".utf8),
        Array(0...255), Array(repeating: 0x0D, count: 70_000), Array("a=b&c=%2F+%00".utf8), [],
    ]

    @Test("a signature over the raw body holds, with a length or in chunks", arguments: bodies, [false, true])
    func rawBody(_ body: [UInt8], isChunked: Bool) async throws {
        let service = try ScriptedService.answering(ok(#"{"code":"SUCCESS"}"#))
        try await TestGateway.run(service: service, routes: Self.routes, members: ["statuses": #""always200""#]) {
            gateway in
            let client = try gateway.client()
            var head =
                "POST /pay/notify?x=%2F HTTP/1.1\r\nhost: h\r\ncontent-type: application/json\r\n"
                + "wechatpay-signature: \(try Self.signature(body))\r\ncontent-encoding: identity\r\n"
            if isChunked {
                head += "transfer-encoding: chunked\r\n\r\n"
                var wire = Array(head.utf8)
                for start in stride(from: 0, to: body.count, by: 1000) {
                    let piece = body[start..<min(body.count, start + 1000)]
                    wire += Array("\(String(piece.count, radix: 16))\r\n".utf8) + piece + Array("\r\n".utf8)
                }
                try client.send(wire + Array("0\r\n\r\n".utf8))
            } else {
                try client.send(Array((head + "content-length: \(body.count)\r\n\r\n").utf8) + body)
            }
            let response = try client.read()
            #expect(response.status == 200)
            #expect(response.text == #"{"code":"SUCCESS"}"#)
            let request = try #require(service.requests.first)
            #expect(request.body == body)
            #expect(request["wechatpay-signature"] == (try Self.signature(request.body)))
            #expect(request["content-type"] == "application/json")
            #expect(request["content-encoding"] == "identity")
            #expect(request.target == "/pay/notify?x=%2F")
        }
    }

    @Test(
        "the sender reads the service's own status, fields and body, good or bad",
        arguments: [
            "200 OK", "204 No Content", "302 Found", "400 No", "404 Not Found", "409 Conflict", "429 Slow", "500 Oops",
            "503 Later",
        ]
    )
    func statuses(_ status: String) async throws {
        let body = status.hasPrefix("204") ? "" : #"{"code":"FAIL","message":"no"}"#
        let fields = [
            "x-own: 1", "retry-after: 7", "content-type: text/plain", "etag: \"e\"", "cache-control: private",
        ]
        let head = (["HTTP/1.1 " + status] + fields + (body.isEmpty ? [] : ["content-length: \(body.utf8.count)"]))
        let service = try ScriptedService.answering(head.joined(separator: "\r\n") + "\r\n\r\n" + body)
        try await TestGateway.run(service: service, routes: Self.routes, members: ["statuses": #""always200""#]) {
            gateway in
            let client = try gateway.client()
            let response = try client.request("POST", "/pay/notify", body: "notice")
            #expect("\(response.status)" == status.prefix(3))
            #expect(response.text == body)
            for field in fields {
                let parts = field.split(separator: ":", maxSplits: 1)
                #expect(response.fields.all(String(parts[0])) == [parts[1].dropFirst().description])
            }
        }
    }

    @Test("the service's 401 comes as it is where the service says so", arguments: ["403", "pass"])
    func unauthorized(policy: String) async throws {
        let service = try ScriptedService.answering(answer("401 Who", "no"))
        let members = ["serviceUnauthorized": "\"\(policy)\""]
        try await TestGateway.run(service: service, serviceMembers: members, routes: Self.routes) { gateway in
            let response = try gateway.client().request("POST", "/pay/notify", body: "notice")
            #expect(response.status == (policy == "pass" ? 401 : 403))
            if policy == "pass" { #expect(response.text == "no") }
        }
    }

    @Test("where the service is not there, the sender learns that it has to come again")
    func unreachable() async throws {
        let service = try ScriptedService.answering(ok())
        let port = service.port
        service.stop()
        try await TestGateway.run(
            services: ["s": .port(port)],
            routes: Self.routes,
            members: ["statuses": #""always200""#]
        ) { gateway in
            let response = try gateway.client().request("POST", "/pay/notify", body: "notice")
            response.expectFailure("UPSTREAM_CONNECT", status: 502)
        }
    }

    @Test("nothing throttles them")
    func unthrottled() async throws {
        let service = try ScriptedService.answering(ok())
        try await TestGateway.run(service: service, routes: Self.routes) { gateway in
            let client = try gateway.client()
            for _ in 0..<300 { #expect(try client.request("POST", "/pay/notify", body: "n").status == 200) }
            #expect(service.requests.count == 300)
        }
    }
}
