import NIOCore
import Testing

@testable import HTTPWire

/// One rule and one request that keeps or breaks it.
struct RequestCase: Sendable, CustomTestStringConvertible {
    enum Expectation: Sendable {
        /// Accepted; the head's summary contains this.
        case accepted(String)
        case refused(WireFault)
        case incomplete
    }

    var rule: String
    var text: String
    var expectation: Expectation
    var testDescription: String { "\(self.rule): \(self.text.prefix(60).debugDescription)" }

    init(_ rule: String, _ text: String, _ expectation: Expectation) {
        self.rule = rule
        self.text = text
        self.expectation = expectation
    }

    static func ok(_ rule: String, _ text: String, _ summary: String = "") -> RequestCase {
        RequestCase(rule, text, .accepted(summary))
    }

    static func bad(_ rule: String, _ text: String, _ fault: WireFault) -> RequestCase {
        RequestCase(rule, text, .refused(fault))
    }

    /// A request of HTTP/1.1 with these lines behind its Host.
    static func fields(_ lines: String) -> String { "POST /p HTTP/1.1\r\nHost: h\r\n\(lines)\r\n\r\n" }
}

@Suite("A request head")
struct RequestParsingTests {
    @Test("follows its rule", arguments: RequestCase.all)
    func rule(_ testCase: RequestCase) {
        let whole = parseRequest([testCase.text])
        switch (testCase.expectation, whole) {
        case (.accepted(let summary), .head(let head, _)):
            #expect(summary.isEmpty || head.contains(summary), "\(head)")
        case (.refused(let fault), .fault(let found)): #expect(fault == found)
        case (.incomplete, .needMore): break
        default: Issue.record("\(whole)")
        }
    }

    @Test("comes out the same at every split of the input", arguments: RequestCase.all)
    func splits(_ testCase: RequestCase) {
        let whole = parseRequest([testCase.text])
        for pieces in everySplit(testCase.text) {
            let split = parseRequest(pieces)
            #expect(split == whole, "cut after \(pieces[0].count)")
        }
    }

    @Test("leaves the body and the next request in the buffer")
    func pipelining() {
        let first = "POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\n"
        #expect(parseRequest([first + "abcGET /b"]) == parseRequest([first, "abcGET /b"]))
        guard case .head(_, let rest) = parseRequest([first + "abcGET /b"]) else {
            Issue.record("refused")
            return
        }
        #expect(rest == "abcGET /b")
    }

    @Test("says why a refused message was refused, without quoting it")
    func messages() {
        for fault in WireFault.allCases {
            #expect(fault.message.utf8CodeUnitCount > 10)
            #expect([400, 414, 417, 431, 501, 502, 505].contains(fault.status))
        }
        #expect(WireFault.requestLineTooLong.status == 414)
        #expect(WireFault.tooManyHeaders.status == 431)
        #expect(WireFault.connectNotSupported.status == 501)
        #expect(WireFault.versionNotSupported.status == 505)
        #expect(WireFault.unknownExpectation.status == 417)
        #expect(WireFault.lengthAndCoding.status == 400)
    }

    @Test("knows which methods may be sent twice")
    func idempotence() {
        #expect(HTTPMethod.allCases.filter(\.isIdempotent) == [.get, .head, .put, .delete, .options, .trace])
    }

    @Test(
        "names its methods",
        arguments: zip(
            [
                "GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "get", "GETS", "PROPFIND",
                "M-SEARCH",
            ],
            [HTTPMethod.get, .head, .post, .put, .delete, .patch, .options, .trace, .other, .other, .other, .other]
        )
    )
    func methods(_ name: String, _ method: HTTPMethod) {
        var parser = RequestParser()
        var head = RequestHead()
        var buffer = ByteBuffer(latin1: "\(name) /x HTTP/1.1\r\nHost: h\r\n\r\n")
        let result1 = parser.parse(&buffer, into: &head)
        #expect(result1 == .head)
        #expect(head.method == method)
        #expect(head.arena.text(head.methodName) == name)
    }
}
