import NIOCore
import Testing

@testable import HTTPWire

/// One rule and one response that keeps or breaks it.
struct ResponseCase: Sendable, CustomTestStringConvertible {
    var rule: String
    var method: HTTPMethod
    var text: String
    /// Part of the summary, or the fault.
    var expected: Result<String, WireFault>
    var testDescription: String { "\(self.rule): \(self.text.prefix(60).debugDescription)" }

    static func ok(_ rule: String, _ text: String, to method: HTTPMethod = .get, _ summary: String) -> ResponseCase {
        ResponseCase(rule: rule, method: method, text: text, expected: .success(summary))
    }

    static func bad(_ rule: String, _ text: String, to method: HTTPMethod = .get, _ fault: WireFault) -> ResponseCase {
        ResponseCase(rule: rule, method: method, text: text, expected: .failure(fault))
    }

    static func fields(_ lines: String, status: String = "200 OK") -> String {
        "HTTP/1.1 \(status)\r\n\(lines)\r\n\r\n"
    }

    static let all: [ResponseCase] = [
        ok(
            "plain",
            fields("Content-Length: 5"),
            "200 OK http11 keeps reusable length(5) claims 5 [Content-Length=5 cont"
        ),
        ok("until close", "HTTP/1.1 200 OK\r\n\r\n", "200 OK http11 keeps spent untilClose"),
        ok("chunked", fields("Transfer-Encoding: chunked"), "keeps reusable chunked"),
        ok("close", fields("Content-Length: 5\r\nConnection: close"), "closes spent length(5)"),
        ok("1.0", "HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n", "http10 closes spent length(0)"),
        ok("1.0", "HTTP/1.0 200 OK\r\nContent-Length: 0\r\nConnection: keep-alive\r\n\r\n", "http10 keeps reusable"),
        ok("1.x", "HTTP/1.5 200 OK\r\nContent-Length: 0\r\n\r\n", "http11 keeps reusable"),
        ok("no reason", "HTTP/1.1 404 \r\n\r\n", "404  http11"),
        ok("no space either", "HTTP/1.1 404\r\n\r\n", "404  http11"),
        ok("odd reason", "HTTP/1.1 299 \u{E9}\t!\r\n\r\n", "299 \u{E9}\t! http11"),
        ok("HEAD", fields("Content-Length: 0"), to: .head, "keeps reusable none claims 0"),
        ok("HEAD with a claim", fields("Content-Length: 5"), to: .head, "keeps reusable none claims 5"),
        ok("HEAD with a claim", fields("Transfer-Encoding: chunked"), to: .head, "keeps reusable none"),
        ok("HEAD with a claim of 204", fields("Content-Length: 5", status: "204 x"), to: .head, "keeps spent none"),
        ok("HEAD", "HTTP/1.1 200 OK\r\n\r\n", to: .head, "keeps reusable none"),
        ok("204", fields("A: b", status: "204 No Content"), "204 No Content http11 keeps reusable none"),
        ok("204 with a claim", fields("Content-Length: 5", status: "204 x"), "keeps spent none"),
        ok("204 with a claim", fields("Transfer-Encoding: chunked", status: "204 x"), "keeps spent none"),
        ok("304", fields("ETag: x", status: "304 Not Modified"), "keeps reusable none"),
        ok("304 with a claim", fields("Content-Length: 5", status: "304 x"), "keeps reusable none claims 5"),
        ok("304 with a claim", fields("Transfer-Encoding: chunked", status: "304 x"), "keeps reusable none"),
        ok(
            "informational",
            "HTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\n",
            "103 Early Hints http11 keeps reusable none"
        ),
        ok(
            "100 with a claim",
            fields("Content-Length: 5", status: "100 Continue"),
            "100 Continue http11 keeps spent none"
        ),
        ok("101 is the gateway's to refuse", fields("Upgrade: x", status: "101 x"), "101 x http11 keeps reusable none"),
        ok("names a field", fields("Connection: X-A\r\nx_a: 1"), "[x_a=1 !unknown]"),
        bad("not HTTP", "SSH-2.0-OpenSSH\r\n", .malformedStatusLine),
        bad("not HTTP", "<html>", .malformedStatusLine),
        bad("an empty line before", "\r\nHTTP/1.1 200 OK\r\n\r\n", .malformedStatusLine),
        bad("version", "HTTP/2.0 200 OK\r\n\r\n", .versionNotSupported),
        bad("version", "HTTP/1.1.1 200 OK\r\n\r\n", .malformedStatusLine),
        bad("version", "HTTP/1x1 200 OK\r\n\r\n", .malformedVersion),
        bad("status", "HTTP/1.1 20 OK\r\n\r\n", .malformedStatusLine),
        bad("status", "HTTP/1.1 2000 OK\r\n\r\n", .malformedStatusLine),
        bad("status", "HTTP/1.1 099 OK\r\n\r\n", .malformedStatusLine),
        bad("status", "HTTP/1.1 600 OK\r\n\r\n", .malformedStatusLine),
        bad("status", "HTTP/1.1  200 OK\r\n\r\n", .malformedStatusLine),
        bad("status", "HTTP/1.1 2x0 OK\r\n\r\n", .malformedStatusLine),
        bad("status", "HTTP/1.1\r\n\r\n", .malformedStatusLine),
        bad("reason", "HTTP/1.1 200 O\u{0}K\r\n\r\n", .malformedStatusLine),
        bad("reason", "HTTP/1.1 200 O\rK\r\n\r\n", .malformedStatusLine),
        bad("LF", "HTTP/1.1 200 OK\nA: b\n\n", .bareLineFeed),
        bad("folding", fields("A: b\r\n c"), .lineFolding),
        bad("space before the colon", fields("Content-Length : 5"), .spaceBeforeColon),
        bad("both", fields("Content-Length: 5\r\nTransfer-Encoding: chunked"), .lengthAndCoding),
        bad("both, HEAD too", fields("Content-Length: 5\r\nTransfer-Encoding: chunked"), to: .head, .lengthAndCoding),
        bad("twice", fields("Content-Length: 5\r\nContent-Length: 5"), .repeatedContentLength),
        bad("list", fields("Content-Length: 5, 5"), .invalidContentLength),
        bad("coding", fields("Transfer-Encoding: gzip, chunked"), .unsupportedCoding),
        bad("coding in 1.0", "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", .codingInHTTP10),
        bad("control", fields("A: \u{1}"), .controlByte),
        bad("names framing", fields("Connection: content-length\r\nContent-Length: 5"), .protectedFieldInConnection),
    ]
}

@Suite("A response head")
struct ResponseParsingTests {
    @Test("follows its rule", arguments: ResponseCase.all)
    func rule(_ testCase: ResponseCase) {
        let whole = parseResponse([testCase.text], to: testCase.method)
        switch (testCase.expected, whole) {
        case (.success(let summary), .head(let head, _)): #expect(head.contains(summary), "\(head)")
        case (.failure(let fault), .fault(let found)): #expect(fault == found)
        default: Issue.record("\(whole)")
        }
    }

    @Test("comes out the same at every split of the input", arguments: ResponseCase.all)
    func splits(_ testCase: ResponseCase) {
        let whole = parseResponse([testCase.text], to: testCase.method)
        for pieces in everySplit(testCase.text) {
            #expect(parseResponse(pieces, to: testCase.method) == whole, "cut after \(pieces[0].count)")
        }
    }

    @Test("follows informational ones on the same parser")
    func informational() {
        var parser = ResponseParser()
        var head = ResponseHead()
        var buffer = ByteBuffer(latin1: "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\nHTTP")
        let result2 = parser.parse(&buffer, requestMethod: .post, into: &head)
        #expect(result2 == .head)
        #expect(head.isInformational)
        let result3 = parser.parse(&buffer, requestMethod: .post, into: &head)
        #expect(result3 == .head)
        #expect(!head.isInformational && head.reusable)
        #expect(!parser.hasBegun)
        let result4 = parser.parse(&buffer, requestMethod: .post, into: &head)
        #expect(result4 == .needMore)
        #expect(parser.hasBegun)
    }

    @Test(
        "says whether it claims a body that it does not have",
        arguments: [
            ("Content-Length: 5", "200 OK", .head, true), ("Transfer-Encoding: chunked", "200 OK", .head, true),
            ("Content-Length: 5", "304 x", .get, true), ("Content-Length: 5", "204 x", .get, true),
            ("Content-Length: 0", "200 OK", .head, false), ("A: b", "200 OK", .head, false),
            ("A: b", "304 x", .get, false), ("Content-Length: 5", "200 OK", .get, false),
            ("Transfer-Encoding: chunked", "200 OK", .get, false),
        ] as [(String, String, HTTPMethod, Bool)]
    )
    func claims(_ line: String, _ status: String, _ method: HTTPMethod, _ claims: Bool) {
        var parser = ResponseParser()
        var head = ResponseHead()
        head.claimsBody = !claims
        var buffer = ByteBuffer(latin1: ResponseCase.fields(line, status: status))
        let result = parser.parse(&buffer, requestMethod: method, into: &head)
        #expect(result == .head && head.claimsBody == claims)
    }

    @Test("is looked up, released and detached as a request's is")
    func lookUp() {
        var parser = ResponseParser()
        var head = ResponseHead()
        let text = "HTTP/1.1 200 OK\r\nRetry_After: 1\r\nRetry-After: 2\r\nContent-Length: 3\r\n\r\n"
        var buffer = ByteBuffer(latin1: text)
        let result = parser.parse(&buffer, requestMethod: .get, into: &head)
        #expect(result == .head && head.has(.retryAfter) && !head.has(.etag))
        #expect(head.firstIndex(of: .retryAfter) == 1 && head.firstIndex(of: .etag) == nil)
        #expect(head.firstValue(of: .retryAfter).map { head.arena.text($0) } == "2")
        #expect(head.firstValue(of: .etag) == nil)
        let detached = head.detached()
        #expect(detached.summary == head.summary)
        head.release()
        #expect(head.fields.isEmpty && head.contentLength == nil && !head.has(.retryAfter))
        #expect(detached.contentLength == 3)
    }
}
