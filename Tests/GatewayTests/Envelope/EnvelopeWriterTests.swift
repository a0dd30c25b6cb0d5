import Foundation
import Gateway
import HTTPWire
import NIOCore
import Testing

@Suite("The gateway's own answers are whole responses")
struct EnvelopeWriterTests {
    private static let fields = "content-type: application/json; charset=utf-8\r\ncache-control: no-store\r\n"
    private static let expired =
        #"{"code":20003,"msg":"token expired","reason":"AUTH_EXPIRED","relogin":true,"replay":true,"requestId":"0199"}"#

    private func head(_ answer: LocalReply, always200: Bool = false) -> [String] {
        response(answer, always200: always200, headOnly: true).text.components(separatedBy: "\r\n")
    }

    @Test func anExpiredTokenIsAnsweredToTheByte() {
        let (text, written) = response(LocalReply(.authExpired))
        #expect(
            text == "HTTP/1.1 401 Unauthorized\r\ncontent-length: 108\r\ndate: Sat, 21 Nov 2026 08:00:00 GMT\r\n"
                + "x-request-id: 0199\r\nwww-authenticate: Bearer realm=\"menshen\", error=\"invalid_token\"\r\n"
                + Self.fields + "\r\n" + Self.expired
        )
        #expect((written.status, written.bodyBytes) == (401, 108))
    }

    @Test func successIsAnsweredToTheByte() {
        var answer = LocalReply(success: #"{"token":"x"}"#.bytes)
        answer.carriesToken = true
        #expect(
            response(answer, requestID: "", date: "").text
                == "HTTP/1.1 200 OK\r\ncontent-length: 52\r\ncontent-type: application/json; charset=utf-8\r\n"
                + "cache-control: private, no-store\r\n\r\n"
                + #"{"code":10000,"msg":"Success!","data":{"token":"x"}}"#
        )
        #expect(body(of: LocalReply(success: [])) == #"{"code":10000,"msg":"Success!","data":{}}"#)
    }

    @Test func aHeadRequestGetsTheHeadOnly() {
        let whole = response(LocalReply(.authExpired)).text
        let (head, written) = response(LocalReply(.authExpired), headOnly: true)
        #expect(head + Self.expired == whole)
        #expect(written.bodyBytes == 0)
    }

    @Test func always200KeepsTheCodeAndDropsTheChallenge() {
        let (text, written) = response(LocalReply(.authExpired), always200: true)
        #expect(text.hasPrefix("HTTP/1.1 200 OK\r\n"))
        #expect(text.hasSuffix(Self.expired))
        #expect(!text.contains("www-authenticate"))
        #expect(written.status == 200)
        #expect(head(LocalReply(.upstreamTimeout), always200: true)[0] == "HTTP/1.1 200 OK")
        #expect(response(LocalReply(.upstreamTimeout), always200: true).text.contains(#""status":504}"#))
    }

    @Test(arguments: ErrorCode.allCases) func fieldsBelongToTheirReasons(reason: ErrorCode) {
        let head = head(LocalReply(reason))
        let names = Set(head.dropFirst().compactMap { $0.split(separator: ":").first.map(String.init) })
        var expected: Set = ["date", "x-request-id", "content-type", "cache-control", "content-length"]
        if reason.status == 401 { expected.insert("www-authenticate") }
        if [.loginThrottled, .rateLimited, .unavailable].contains(reason) { expected.insert("retry-after") }
        if reason == .methodNotAllowed { expected.insert("allow") }
        #expect(names == expected)
        #expect(head[0].hasPrefix("HTTP/1.1 \(reason.status) ") && !head[0].hasSuffix(" "))
        #expect(head.contains("www-authenticate: Bearer realm=\"menshen\"") == (reason == .authRequired))
    }

    @Test func overridesReplaceTheReasonsOwn() {
        var answer = LocalReply(.loginThrottled)
        answer.retryAfter = 300
        #expect(head(answer).contains("retry-after: 300"))

        answer = LocalReply(.methodNotAllowed)
        answer.allow = "GET, POST".bytes
        #expect(head(answer).contains("allow: GET, POST"))

        answer = LocalReply(.notSupported)
        answer.status = 505
        #expect(head(answer)[0] == "HTTP/1.1 505 HTTP Version Not Supported")

        answer = LocalReply(.loginCodeInvalid)
        answer.relogin = false
        answer.message = .fixed("a mock code")
        answer.data = "[1]".bytes
        #expect(
            body(of: answer) == #"{"code":20006,"msg":"a mock code","data":[1],"reason":"LOGIN_CODE_INVALID","#
                + #""relogin":false,"replay":false,"requestId":"0199"}"#
        )

        answer = LocalReply(.upstreamStatus)
        answer.status = 418
        answer.message = .fixed("odd")
        #expect(head(answer)[0] == "HTTP/1.1 418 ")
        #expect(body(of: answer).contains(#""data":{"data":{"error":{"message":"odd"}},"status":418}"#))
    }

    @Test func textsFromOutsideCanNotBreakOut() {
        var answer = LocalReply(.badRequest)
        answer.message = .bytes("\"},\"code\":1\u{2028}\r\n\u{7F}".bytes + [0xFF])
        #expect(body(of: answer).contains(#""msg":"\"},\"code\":1\u2028\r\n\u007f\#u{FFFD}","reason""#))

        answer.message = .fixed("a bare \"\n\"")
        #expect(body(of: answer).contains(#""msg":"a bare \"\n\"","reason""#))

        answer = LocalReply(.authRequired)
        let text = response(answer, requestID: "a\r\nx: y\"", realm: "r\"\\\r\nx").text
        #expect(text.contains("\r\nx-request-id: ax: y\"\r\n"))
        #expect(text.contains("\r\nwww-authenticate: Bearer realm=\"r\\\"\\\\x\"\r\n"))
        #expect(text.hasSuffix(#""requestId":"a\r\nx: y\""}"#))
    }

    @Test func theLengthIsTheBodysWhateverItHolds() throws {
        for reason in ErrorCode.allCases {
            var answer = LocalReply(reason)
            answer.message = .bytes("\u{1}\"\\é😀\u{2029}".bytes)
            let text = response(answer, requestID: "\"\u{1}").text
            let end = try #require(text.firstRange(of: "\r\n\r\n"))
            let body = text[end.upperBound...]
            #expect(text[..<end.lowerBound].contains("\r\ncontent-length: \(body.utf8.count)"))
            _ = try parsed(String(body))
        }
    }
}
