import HTTPWire
import NIOCore

/// Heads in and out.
enum WireBenchmarks {
    static let request = """
        GET /api/1k HTTP/1.1\r
        host: 127.0.0.1:8080\r
        authorization: Bearer \(TokenBenchmarks.filler)\r
        accept: */*\r
        user-agent: Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) MicroMessenger/8.0.49 NetType/WIFI\r

        """
    static let response = """
        HTTP/1.1 200 OK\r
        Server: nginx/1.22.1\r
        Date: Sat, 21 Nov 2026 18:00:00 GMT\r
        Content-Type: application/json\r
        Content-Length: 1024\r
        Connection: keep-alive\r

        """

    static func parseRequests(_ times: Int) throws -> Int { try parseRequests(times, request + "\r\n") }

    static func parseLongRequests(_ times: Int) throws -> Int {
        let more = (3...25).map { "x-client-field-\($0): value-of-field-\($0)\r\n" }.joined()
        return try parseRequests(times, request + more + "\r\n")
    }

    private static func parseRequests(_ times: Int, _ text: String) throws -> Int {
        let bytes = ByteBuffer(string: text)
        var parser = RequestParser()
        var head = RequestHead()
        var seen = 0
        for _ in 0..<times {
            var buffer = bytes
            guard parser.parse(&buffer, into: &head) == .head else { throw UnexpectedResult(what: "request") }
            seen &+= head.fields.count
            head.release()
        }
        return seen
    }

    static func parseResponses(_ times: Int) throws -> Int {
        let bytes = ByteBuffer(string: response + "\r\n")
        var parser = ResponseParser()
        var head = ResponseHead()
        var seen = 0
        for _ in 0..<times {
            var buffer = bytes
            guard parser.parse(&buffer, requestMethod: .get, into: &head) == .head else {
                throw UnexpectedResult(what: "response")
            }
            seen &+= head.fields.count
            head.release()
        }
        return seen
    }

    static func writeRequestHeads(_ times: Int) throws -> Int { try writeRequestHeads(times, request + "\r\n") }

    /// Of 22 fields that a client sends besides its token half are forged names, each between two that pass.
    static func writeForgedRequestHeads(_ times: Int) throws -> Int {
        let forged = [
            "x-user-id", "X_User_Id", "x-wx-openid", "x.wx.openid", "x-auth-token", "forwarded", "x-forwarded-for",
            "x-real-ip", "proxy", "te",
        ]
        let more = forged.enumerated().map { "\($0.element): forged\r\nx-client-field-\($0.offset): passes\r\n" }
        return try writeRequestHeads(times, request + more.joined() + "\r\n")
    }

    private static func writeRequestHeads(_ times: Int, _ text: String) throws -> Int {
        var parser = RequestParser()
        var head = RequestHead()
        var buffer = ByteBuffer(string: text)
        guard parser.parse(&buffer, into: &head) == .head else { throw UnexpectedResult(what: "request") }
        let policy = RequestFieldPolicy(names: .standard, trusted: false)
        let target = Array("/api/1k".utf8)
        let host = Array("127.0.0.1:9001".utf8)
        let identity = ByteBuffer(string: "x-user-id: u_0123456789abcdefghijkl\r\nx-wx-source: menshen\r\n")
        var extra = FieldBlock()
        extra.append("via", "1.1 menshen")
        var out = ByteBuffer()
        var written = 0
        for _ in 0..<times {
            out.clear()
            HeadWriter.writeRequestHead(
                into: &out,
                from: head,
                target: target.span,
                host: host.span,
                policy: policy,
                identity: identity.readableBytesSpan,
                extra: extra,
                framing: .none
            )
            written &+= out.readableBytes
        }
        return written
    }

    static func writeResponseHeads(_ times: Int) throws -> Int {
        var parser = ResponseParser()
        var head = ResponseHead()
        var buffer = ByteBuffer(string: response + "\r\n")
        guard parser.parse(&buffer, requestMethod: .get, into: &head) == .head else {
            throw UnexpectedResult(what: "response")
        }
        var extra = FieldBlock()
        extra.append("x-request-id", "0199a3c4-0000-7000-8000-000000000000")
        var out = ByteBuffer()
        var written = 0
        for _ in 0..<times {
            out.clear()
            HeadWriter.writeResponseHead(
                into: &out,
                from: head,
                status: 200,
                policy: .pass,
                framing: .length(1024),
                connection: .none,
                extra: extra
            )
            written &+= out.readableBytes
        }
        return written
    }
}
