import JSON
import Testing

@Suite("\"success\": \"wrap\"")
struct SuccessWrapTests {
    private static let route = #"{"path":"/**","service":"s","auth":"none","success":"wrap"}"#
    private static let prefix = #"{"code":10000,"msg":"Success!","data":"#
    private static let json = "Content-Type: application/json"

    private static func chunked(_ body: String, by size: Int) -> String {
        var text = "HTTP/1.1 200 OK\r\n\(json)\r\nTransfer-Encoding: chunked\r\n\r\n"
        var rest = body[...]
        while !rest.isEmpty {
            let piece = rest.prefix(size)
            rest = rest.dropFirst(size)
            text += String(piece.utf8.count, radix: 16) + "\r\n" + piece + "\r\n"
        }
        return text + "0\r\n\r\n"
    }

    @Test(
        "one JSON value is wrapped as it stands, with its length or chunked",
        arguments: [#"{"a":[1,2.50,"ü"]}"#, "[]", "null", "1", "\"}\"", #" { "x" : "\u2028" } "#]
    )
    func wraps(body: String) async throws {
        let whole = Self.prefix + body + "}"
        for response in [
            answer("200 OK", body, fields: [Self.json]), Self.chunked(body, by: 1), Self.chunked(body, by: 7),
        ] {
            let service = try ScriptedService.answering(response)
            try await TestGateway.run(service: service, routes: [Self.route]) { gateway in
                let client = try gateway.client()
                for _ in 1...2 {
                    let response = try client.get("/x")
                    #expect(response.status == 200)
                    #expect(response.text == whole)
                    #expect(response["content-type"] == "application/json; charset=utf-8")
                }
                #expect(service.connections == 1)
            }
        }
    }

    /// Its pieces stay where they arrive, are cut wherever the kernel takes no more, and wait for the client.
    @Test("a large value is wrapped whole for a client whose kernel takes little at a time")
    func large() async throws {
        let body = "[" + (0..<60_000).map { "\"item \($0)\"" }.joined(separator: ",") + "]"
        let whole = Array((Self.prefix + body + "}").utf8)
        for response in [
            answer("200 OK", body, fields: [Self.json]), Self.chunked(body, by: 5_000), Self.chunked(body, by: 9_000),
            Self.chunked(body, by: 100_000),
        ] {
            let service = try ScriptedService.answering(response)
            try await TestGateway.run(service: service, routes: [Self.route]) { gateway in
                let client = try gateway.client(receiveBuffer: 4096)
                for _ in 1...2 { #expect(try client.get("/x").body == whole) }
                #expect(service.connections == 1)
            }
        }
    }

    @Test("the length stays known where the service's is; status, and fields not about the inner body, stay")
    func fields() async throws {
        let dropped = [
            "ETag: \"e\"", "Digest: sha-256=x", "Content-Digest: sha-256=:x:", "Repr-Digest: sha-256=:x:",
            "Accept-Ranges: bytes", "X-Auth-Token: t",
        ]
        let kept = ["Set-Cookie: a=b", "Cache-Control: max-age=5", "X-Custom: 1"]
        let service = try ScriptedService.answering(
            answer("201 Created", "{  }", fields: [Self.json] + dropped + kept)
        )
        try await TestGateway.run(service: service, routes: [Self.route]) { gateway in
            let response = try gateway.client().get("/x", fields: ["Accept-Encoding: gzip, br", "Range: bytes=0-1"])
            #expect(response.status == 201)
            #expect(response.phrase == "Created")
            #expect(response.framing == .length(Self.prefix.utf8.count + 5))
            #expect(
                Set(response.fields.names) == [
                    "content-type", "content-length", "set-cookie", "cache-control", "x-custom", "date", "x-request-id",
                ]
            )
            // What could not be wrapped is not asked for.
            let request = try #require(service.requests.first)
            #expect(request.fields.all("accept-encoding") == ["identity"])
            #expect(request["range"] == nil)
        }
    }

    struct Broken: CustomTestStringConvertible, Sendable {
        var name: String
        var body: String
        var testDescription: String { name }
    }

    static let broken: [Broken] = [
        Broken(name: "a break-out", body: #"{"a":1},"relogin":true,"x":{"b":2}"#),
        Broken(name: "a closing brace", body: "1}"),
        Broken(name: "two values", body: "{}{}"),
        Broken(name: "junk behind the value", body: "{} x"),
        Broken(name: "HTML", body: "<html></html>"),
        Broken(name: "an unfinished value", body: #"{"a":"#),
        Broken(name: "an unfinished string", body: "\"abc"),
        Broken(name: "a trailing comma", body: "[1,]"),
        Broken(name: "a raw control character in a string", body: "\"a\u{1}b\""),
        Broken(name: "junk behind a large value", body: "\"\(String(repeating: "a", count: 20_000))\" x"),
        Broken(name: "too deep", body: String(repeating: "[", count: 200) + String(repeating: "]", count: 200)),
    ]

    @Test("what is not one JSON value ends the connection and reaches nobody else", arguments: broken)
    func notOneValue(testCase: Broken) async throws {
        for response in [
            answer("200 OK", testCase.body, fields: [Self.json]), Self.chunked(testCase.body, by: 1),
            Self.chunked(testCase.body, by: 1000), Self.chunked(testCase.body, by: 9000),
        ] {
            let service = try ScriptedService.start { peer in
                while let request = try peer.readRequest() {
                    try peer.send(request.target == "/broken" ? response : answer("200 OK", "[]", fields: [Self.json]))
                }
            }
            // One worker, so that whatever it kept of the broken answer would meet the next client.
            try await TestGateway.run(service: service, routes: [Self.route], members: ["workers": "1"]) { gateway in
                let client = try gateway.client()
                try client.sendRequest("GET", "/broken")
                let cut = try client.readCut()
                #expect(cut != nil)
                #expect(!(cut ?? []).contains(Array("relogin".utf8)))

                let next = try gateway.client()
                let whole = try next.get("/good")
                #expect(whole.status == 200)
                #expect(whole.text == Self.prefix + "[]}")
                #expect(try next.get("/livez").status == 200)
            }
        }
    }

    @Test("of what turns out to be no JSON value, what came before has gone out")
    func beforeTheFault() async throws {
        let good = "[\"" + String(repeating: "a", count: 17_998)
        let service = try ScriptedService.answering(Self.chunked(good + "\"] x", by: 9000))
        let log = try await TestGateway.run(service: service, routes: [Self.route]) { gateway in
            let client = try gateway.client()
            try client.sendRequest("GET", "/")
            let cut = try client.readCut() ?? []
            #expect(String(decoding: cut, as: UTF8.self) == Self.prefix + good)
        }
        let sent = try log.entries().first?["bytesOut"]?.integer
        #expect(sent.map(Int.init) == Self.prefix.utf8.count + good.utf8.count)
    }

    /// It may have been cut.
    @Test("JSON that ends with the connection before it began ends the client's too")
    func cutBeforeTheBody() async throws {
        let service = try ScriptedService.answering("HTTP/1.1 200 OK\r\n\(Self.json)\r\n\r\n", thenCloses: true)
        try await TestGateway.run(service: service, routes: [Self.route]) { gateway in
            let client = try gateway.client()
            try client.sendRequest("GET", "/x")
            #expect(try client.readCut() != nil)
        }
    }

    @Test("204 becomes 200 with null", arguments: ["204 No Content", "205 Reset Content"])
    func noContent(status: String) async throws {
        let service = try ScriptedService.answering(
            "HTTP/1.1 \(status)\r\nset-cookie: a=b\r\n\(status.hasPrefix("205") ? "content-length: 0\r\n" : "")\r\n"
        )
        try await TestGateway.run(service: service, routes: [Self.route]) { gateway in
            let client = try gateway.client()
            for _ in 1...2 {
                let response = try client.get("/x")
                #expect(response.status == 200)
                #expect(response.text == Self.prefix + "null}")
                #expect(response["content-type"] == "application/json; charset=utf-8")
                #expect(response["set-cookie"] == "a=b")
            }
            #expect(service.connections == 1)
        }
    }

    @Test(
        "what is not JSON, or not the whole of it, passes untouched",
        arguments: [
            answer("200 OK", "text", fields: ["content-type: text/plain", "etag: \"e\""]),
            answer("200 OK", "text", fields: ["etag: \"e\""]),
            answer(
                "200 OK",
                "zzzz",
                fields: ["content-type: application/json", "content-encoding: br", "etag: \"e\""]
            ),
            answer("206 Partial Content", "{\"a\"", fields: ["content-type: application/json", "etag: \"e\""]),
            answer("302 Found", "{}{}", fields: ["content-type: application/json", "location: /y", "etag: \"e\""]),
        ]
    )
    func passes(response: String) async throws {
        let service = try ScriptedService.answering(response)
        try await TestGateway.run(service: service, routes: [Self.route]) { gateway in
            let client = try gateway.client()
            let passed = try client.get("/x")
            #expect(response.hasSuffix("\r\n\r\n" + passed.text))
            #expect(passed["etag"] == "\"e\"")
            #expect(try client.livesOn())
        }
    }

    @Test("HEAD and 304 have no body; failures are failures")
    func others() async throws {
        let service = try ScriptedService.start { peer in
            while let request = try peer.readRequest() {
                switch request.target {
                case "/304": try peer.send("HTTP/1.1 304 Not Modified\r\netag: \"e\"\r\n\r\n")
                case "/500": try peer.send(answer("500 Oops", "{}", fields: [Self.json]))
                default: try peer.send("HTTP/1.1 200 OK\r\n\(Self.json)\r\ncontent-length: 2\r\n\r\n")
                }
            }
        }
        try await TestGateway.run(service: service, routes: [Self.route]) { gateway in
            let client = try gateway.client()
            #expect(try client.request("HEAD", "/x").status == 200)
            let notModified = try client.get("/304")
            #expect(notModified.status == 304)
            #expect(notModified["etag"] == "\"e\"")
            try client.get("/500").expectFailure("UPSTREAM_STATUS", status: 500)
            #expect(try client.livesOn())
        }
    }

    @Test("an HTTP/1.0 client gets the same, up to the close")
    func http10() async throws {
        let service = try ScriptedService.answering(Self.chunked("[1,2]", by: 2))
        try await TestGateway.run(service: service, routes: [Self.route]) { gateway in
            let response = try gateway.client().request("GET", "/x", version: "HTTP/1.0")
            #expect(response.framing == .untilClose)
            #expect(response["connection"] == "close")
            #expect(response.text == Self.prefix + "[1,2]}")
        }
    }
}
