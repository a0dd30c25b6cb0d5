import Cryptography
import JSON
import Testing

@Suite("A failing service becomes the envelope")
struct NormalisedFailureTests {
    struct Case: CustomTestStringConvertible, Sendable {
        var name: String
        var response: String
        var status: Int
        var inner: Int64?
        /// `data.data`: its text where it is a string, else its JSON as it stands in the answer.
        var data: String
        var testDescription: String { name }
    }

    static let cases: [Case] = [
        Case(
            name: "400 with JSON",
            response: answer("400 Bad", #"{"error":"bad","n":[1,2.50]}"#, fields: ["Content-Type: application/json"]),
            status: 400,
            data: #"{"error":"bad","n":[1,2.50]}"#
        ),
        Case(
            name: "JSON of another type, chunked",
            response: "HTTP/1.1 422 No\r\ncontent-type: application/problem+json\r\ntransfer-encoding: chunked\r\n\r\n"
                + "3\r\n [1\r\n4\r\n,2] \r\n0\r\n\r\n",
            status: 422,
            data: "[1,2]"
        ),
        Case(
            name: "JSON that is a string",
            response: answer("400 Bad", "\"text\"", fields: ["Content-Type: application/json"]),
            status: 400,
            data: "text"
        ),
        Case(
            name: "404 with HTML",
            response: answer("404 Not Found", "<h1>\"no\"\\\n</h1>", fields: ["Content-Type: text/html"]),
            status: 404,
            data: "<h1>\"no\"\\\n</h1>"
        ),
        Case(name: "404 with a number in plain text", response: answer("404 No", "404"), status: 404, data: "404"),
        Case(name: "500 empty", response: answer("500 Oops", ""), status: 500, data: ""),
        Case(name: "an unknown status", response: answer("599 Odd", "odd"), status: 599, data: "odd"),
        Case(
            name: "500 up to the close",
            response: "HTTP/1.0 500 Oops\r\n\r\nall of it",
            status: 500,
            data: "all of it"
        ),
        Case(
            name: "broken JSON",
            response: answer("500 Oops", #"{"a":1,}"#, fields: ["Content-Type: application/json"]),
            status: 500,
            data: #"{"a":1,}"#
        ),
        Case(
            name: "two JSON values",
            response: answer("500 Oops", #"{"a":1}{"b":2}"#, fields: ["Content-Type: application/json"]),
            status: 500,
            data: #"{"a":1}{"b":2}"#
        ),
        Case(
            name: "a string that tries to break out",
            response: answer("500 Oops", #""}},"relogin":true,"x":{"y":{"z":""#),
            status: 500,
            data: #""}},"relogin":true,"x":{"y":{"z":""#
        ),
        Case(
            name: "control characters and line separators",
            response: answer("500 Oops", "a\u{1}b\u{2028}c\u{2029}d\t"),
            status: 500,
            data: "a\u{1}b\u{2028}c\u{2029}d\t"
        ),
        Case(name: "401", response: answer("401 Who", "who?"), status: 403, inner: 401, data: "who?"),
        Case(name: "407", response: answer("407 Proxy", "who?"), status: 403, inner: 407, data: "who?"),
        Case(name: "408", response: answer("408 Slow", "slow"), status: 504, inner: 408, data: "slow"),
        Case(name: "421", response: answer("421 Lost", "lost"), status: 502, inner: 421, data: "lost"),
    ]

    @Test("status, code, reason, inner status and body; both connections live on", arguments: cases)
    func normalised(testCase: Case) async throws {
        let closes = testCase.response.hasPrefix("HTTP/1.0")
        let service = try ScriptedService.answering(testCase.response, thenCloses: closes)
        try await TestGateway.run(service: service) { gateway in
            let client = try gateway.client()
            for _ in 1...2 {
                let response = try client.get("/x")
                response.expectFailure("UPSTREAM_STATUS", status: testCase.status, inner: testCase.inner)
                #expect(response.data?["truncated"] == nil)
                if let text = response.dataData?.string {
                    #expect(text == testCase.data)
                } else {
                    #expect(response.text.contains(#""data":{"data":\#(testCase.data),"status":"#))
                }
                #expect(!response.body.contains { $0 < 0x20 })
                #expect(!response.text.unicodeScalars.contains { $0 == "\u{2028}" || $0 == "\u{2029}" })
            }
            #expect(service.connections == (closes ? 2 : 1))
            service.expectNoFaults()
        }
    }

    @Test("a failure's end-to-end fields stay, those about its body and its challenges go")
    func fields() async throws {
        let gone = [
            "Content-Type: text/html", "Content-Language: en", "Content-Disposition: inline", "ETag: \"a\"",
            "Last-Modified: Mon, 01 Jan 2024 00:00:00 GMT", "Cache-Control: public", "Digest: sha-256=x",
            "Accept-Ranges: bytes", "WWW-Authenticate: Basic realm=\"inside\"", "X-Auth-Token: t", "X_Auth_Token: t",
            "Connection: x-hop", "X-Hop: 1", "Keep-Alive: timeout=5", "Proxy-Authenticate: Basic",
        ]
        let kept = [
            "Retry-After: 7", "Set-Cookie: a=b; Path=/", "Set-Cookie: c=d", "Access-Control-Allow-Origin: *",
            "Vary: Origin", "X-Custom: Value",
        ]
        let service = try ScriptedService.answering(answer("503 Busy", "busy", fields: gone + kept))
        try await TestGateway.run(service: service) { gateway in
            let response = try gateway.client().get("/x")
            response.expectFailure("UPSTREAM_STATUS", status: 503)
            let names = Set(response.fields.names)
            #expect(
                names == [
                    "retry-after", "set-cookie", "access-control-allow-origin", "vary", "x-custom", "content-type",
                    "content-length", "cache-control", "x-request-id", "date",
                ]
            )
            #expect(response["retry-after"] == "7")
            #expect(response.fields.all("set-cookie") == ["a=b; Path=/", "c=d"])
            #expect(response["x-custom"] == "Value")
        }
    }

    @Test("10 MiB: cut at 64 KiB and marked, without waiting for the rest", arguments: [true, false])
    func large(chunked: Bool) async throws {
        let service = try ScriptedService.start { peer in
            _ = try peer.readRequest()
            let block = [UInt8](repeating: UInt8(ascii: "e"), count: 64 * 1024)
            try peer.send("HTTP/1.1 500 Oops\r\n")
            try peer.send(
                chunked ? "transfer-encoding: chunked\r\n\r\n" : "content-length: \(160 * block.count)\r\n\r\n"
            )
            for _ in 0..<160 {
                try peer.send(chunked ? Array("10000\r\n".utf8) + block + Array("\r\n".utf8) : block)
            }
            if chunked { try peer.send("0\r\n\r\n") }
            _ = try peer.readToEnd()
        }
        try await TestGateway.run(service: service) { gateway in
            let client = try gateway.client()
            let response = try client.get("/x")
            response.expectFailure("UPSTREAM_STATUS", status: 500)
            #expect(response.data?["truncated"]?.bool == true)
            #expect(response.dataData?.string == String(repeating: "e", count: 64 * 1024))
            try service.waitForEnds(1)
            #expect(try client.livesOn())
        }
    }

    struct Coded: CustomTestStringConvertible, Sendable {
        var coding: String
        /// In base64url.
        var body: String
        /// nil: it cannot be undone.
        var data: String?
        var testDescription: String { "\(coding) \(body)" }
    }

    @Test(
        "a coded body is decoded",
        arguments: [
            Coded(
                coding: "gzip",
                body: "H4sIAAAAAAACA6tWSi0qyi9SslIqSEzOTk1RqgUA1ZofiBIAAAA",
                data: #"{"error":"packed"}"#
            ),
            Coded(coding: "deflate", body: "eJwrSEzOTk1RKEmtKAEAGZYETg", data: "packed text"),
            Coded(coding: "gzip", body: "bm90IGd6aXA", data: nil),
            Coded(coding: "br", body: "GxAA", data: nil),
        ]
    )
    func coded(testCase: Coded) async throws {
        let decoded = Base64URL.decode(Array(testCase.body.utf8).span)
        let bytes = try #require(decoded)
        let head = """
            HTTP/1.1 500 Oops\r\ncontent-encoding: \(testCase.coding)\r\ncontent-type: application/json\r\n\
            content-length: \(bytes.count)\r\n\r\n
            """
        let service = try ScriptedService.answering(Array(head.utf8) + bytes)
        try await TestGateway.run(service: service) { gateway in
            let client = try gateway.client()
            let response = try client.get("/x")
            response.expectFailure("UPSTREAM_STATUS", status: 500)
            #expect(response["content-encoding"] == nil)
            if let data = testCase.data {
                if data.hasPrefix("{") {
                    #expect(response.dataData?["error"]?.string == "packed")
                } else {
                    #expect(response.dataData?.string == data)
                }
            } else {
                #expect(response.errorMessage?.isEmpty == false)
            }
            #expect(try client.livesOn())
        }
    }

    @Test("a small body that decodes to a large one is cut like a large one")
    func bomb() async throws {
        // A member of 1 KiB, 200 times (RFC 1952 section 2.2).
        let decoded = Base64URL.decode(Array("H4sIAAAAAAACA6uqGgWjYBSMVAAABea4YgAEAAA".utf8).span)
        let member = try #require(decoded)
        let body = (0..<200).flatMap { _ in member }
        let head = "HTTP/1.1 500 Oops\r\ncontent-encoding: gzip\r\ncontent-length: \(body.count)\r\n\r\n"
        let service = try ScriptedService.answering(Array(head.utf8) + body)
        try await TestGateway.run(service: service) { gateway in
            let client = try gateway.client()
            let response = try client.get("/x")
            response.expectFailure("UPSTREAM_STATUS", status: 500)
            #expect(response.dataData?.string == String(repeating: "z", count: 64 * 1024))
            #expect(response.data?["truncated"]?.bool == true)
            #expect(try client.livesOn())
        }
    }

    @Test("of an envelope of code 30000 message and data are taken over")
    func nested() async throws {
        let inner =
            #"{"code":30000,"msg":"Inner!","data":{"data":{"e":1},"status":418},"reason":"UPSTREAM_TIMEOUT","#
            + #""requestId":"inner-1","relogin":true,"replay":true}"#
        let service = try ScriptedService.answering(
            answer("418 Teapot", inner, fields: ["Content-Type: application/json"])
        )
        try await TestGateway.run(service: service) { gateway in
            let response = try gateway.client().get("/x")
            #expect(response.outcome == "418 30000 UPSTREAM_STATUS")
            #expect(response.json?["msg"]?.string == "Inner!")
            #expect(response.json?["requestId"]?.string == response["x-request-id"])
            #expect(response.dataStatus == 418)
            #expect(response.dataData?["e"]?.integer == 1)
            #expect(response.relogin == false && response.replay == false)
            #expect(response.fields.all("cache-control") == ["no-store"])
        }
    }

    @Test("HEAD: the same head, no body, and the connection lives on")
    func head() async throws {
        let service = try ScriptedService.start { peer in
            while try peer.readRequest() != nil {
                try peer.send("HTTP/1.1 404 Not Found\r\ncontent-type: text/html\r\ncontent-length: 1000\r\n\r\n")
            }
        }
        try await TestGateway.run(service: service) { gateway in
            let client = try gateway.client()
            let response = try client.request("HEAD", "/x")
            #expect(response.status == 404)
            #expect(response["content-type"] == "application/json; charset=utf-8")
            #expect(response["content-length"] != "1000")
            #expect(try client.livesOn())
        }
    }
}
