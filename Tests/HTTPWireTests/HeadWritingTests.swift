import NIOCore
import Testing

@testable import HTTPWire

/// Which field lines pass from a client to a service, or from a service to a client.
@Suite("The header policy")
struct HeaderPolicyTests {
    /// What a service gets of these lines, Host aside.
    private func forwarded(_ lines: [String], _ policy: RequestFieldPolicy, names: FieldNames = .standard) -> [String] {
        var parser = RequestParser(names: names)
        var head = RequestHead()
        var buffer = ByteBuffer(latin1: "GET / HTTP/1.1\r\nHost: h\r\n\(lines.map { "\($0)\r\n" }.joined())\r\n")
        let result = parser.parse(&buffer, into: &head)
        #expect(result == .head)
        let out = write(head, policy: policy)
        return Array(out.components.dropFirst(2))
    }

    private func returned(_ lines: [String], _ policy: ResponseFieldPolicy) -> [String] {
        var parser = ResponseParser()
        var head = ResponseHead()
        var buffer = ByteBuffer(latin1: "HTTP/1.1 200 OK\r\n\(lines.map { "\($0)\r\n" }.joined())\r\n")
        let result = parser.parse(&buffer, requestMethod: .get, into: &head)
        #expect(result == .head)
        var out = ByteBuffer()
        HeadWriter.writeResponseHead(
            into: &out,
            from: head,
            status: 200,
            policy: policy,
            framing: .none,
            connection: .none,
            extra: FieldBlock()
        )
        return Array(out.latin1.components.dropFirst())
    }

    private static let stranger = RequestFieldPolicy(names: .standard, trusted: false)
    private static let trusted = RequestFieldPolicy(names: .standard, trusted: true)

    @Test(
        "removes from everybody what only the gateway may say, in every spelling",
        arguments: [
            "x-user-id", "x-user-phone", "x-wx-appid", "x-wx-openid", "x-wx-unionid", "x-wx-source", "x-wx-code",
            "x-wx-other",
            "x-auth-token", "x-auth-expires-in", "x-auth-user", "x-identity-token", "forwarded", "x-real-ip",
            "x-original-url",
            "x-rewrite-url", "proxy", "x-http-method-override", "authorization",
            // About the connection (RFC 9110 section 7.6.1).
            "connection-", "keep-alive", "proxy-connection", "te", "trailer", "upgrade", "http2-settings",
            "proxy-authenticate", "proxy-authorization", "proxy-authentication-info", "expect_", "transfer-encoding_",
            "content-length_", "host_",
        ]
    )
    func removed(_ name: String) {
        let spellings = [
            name, name.uppercased(), name.replacing("-", with: "_"), name.replacing("-", with: "."), "_\(name)",
        ]
        let lines = spellings.map { "\($0): forged" }
        #expect(self.forwarded(["A: 1"] + lines + ["B: 2"], Self.stranger) == ["A: 1", "B: 2"])
        #expect(self.forwarded(["A: 1"] + lines + ["B: 2"], Self.trusted) == ["A: 1", "B: 2"])
    }

    @Test("removes from everybody what frameworks believe of a proxy", arguments: FieldTable.aliases.map { "\($0)" })
    func claims(_ name: String) {
        let spellings = [name, name.uppercased(), name.replacing("-", with: "_"), name.replacing("-", with: ".")]
        let lines = ["A: 1"] + spellings.map { "\($0): forged" } + ["B: 2"]
        #expect(self.forwarded(lines, Self.stranger) == ["A: 1", "B: 2"])
        #expect(self.forwarded(lines, Self.trusted) == ["A: 1", "B: 2"])
    }

    @Test("keeps a token under such a name to itself")
    func claimedToken() throws {
        let names = try #require(FieldNames(tokenName: Array("remote-user".utf8), clientKeyNames: []))
        let policy = RequestFieldPolicy(names: names, trusted: false, keepsToken: true)
        let lines = ["Remote-User: t", "remote_user: u", "X-Client-IP: v", "A: b"]
        #expect(self.forwarded(lines, policy, names: names) == ["Remote-User: t", "A: b"])
    }

    @Test(
        "believes a trusted peer about the request's way, and nobody else",
        arguments: [
            "x-forwarded-for", "x-forwarded-proto", "x-forwarded-host", "x-forwarded-port", "x-forwarded-user", "via",
            "x-request-id", "traceparent", "tracestate", "baggage",
        ]
    )
    func trust(_ name: String) {
        let lines = ["\(name): v", "\(name)_: alias", "\(name.replacing("-", with: "."))~: alias"]
        #expect(self.forwarded(lines, Self.stranger) == [])
        #expect(self.forwarded(lines, Self.trusted) == ["\(name): v"])
    }

    @Test("lets the caller write anew what a trusted peer said")
    func rewritten() {
        let policy = RequestFieldPolicy(names: .standard, trusted: true, rewritten: [.xForwardedFor, .xRequestID])
        #expect(self.forwarded(["X-Forwarded-For: a", "X-Request-Id: b", "Via: c"], policy) == ["Via: c"])
    }

    @Test(
        "passes everything else as it is",
        arguments: [
            [
                "Accept: */*", "User_Agent: x", "Cookie: a=b", "X-Custom:  v \t", "content-type: a/b",
                "If-None-Match: \"x\"",
            ],
            ["cache-control: no-cache", "accept-encoding: gzip", "range: bytes=0-1", "x: caf\u{E9}"],
        ]
    )
    func passes(_ lines: [String]) {
        #expect(self.forwarded(lines, Self.stranger) == lines)
    }

    @Test("removes what Connection names, and the names the gateway sets are not among its own lines")
    func connection() {
        let lines = ["A: 1", "X-Secret: s", "x_secret: t", "Connection: close, X-Secret, x-user-id", "B: 2"]
        #expect(self.forwarded(lines, Self.stranger) == ["A: 1", "B: 2"])
    }

    @Test("forwards the client's token only where the route says so")
    func token() throws {
        let lines = ["Authorization: Bearer t", "authorization_: u", "X-Token: v", "x.token: w"]
        let names = try #require(FieldNames(tokenName: Array("x-token".utf8), clientKeyNames: [Array("bg-key".utf8)]))
        let keeping = RequestFieldPolicy(names: .standard, trusted: false, keepsToken: true)
        #expect(self.forwarded(lines, Self.stranger) == ["X-Token: v", "x.token: w"])
        #expect(self.forwarded(lines, keeping) == ["Authorization: Bearer t", "X-Token: v", "x.token: w"])
        let named = RequestFieldPolicy(names: names, trusted: false)
        let namedKeeping = RequestFieldPolicy(names: names, trusted: false, keepsToken: true)
        #expect(self.forwarded(lines, named, names: names) == ["Authorization: Bearer t"])
        #expect(self.forwarded(lines, namedKeeping, names: names) == ["Authorization: Bearer t", "X-Token: v"])
        #expect(self.forwarded(["BG-Key: k", "bg_key: k", "A: b"], named, names: names) == ["A: b"])
    }

    @Test("never keeps a framing field, even as the token's name")
    func framingToken() throws {
        let names = try #require(FieldNames(tokenName: Array("upgrade".utf8), clientKeyNames: []))
        let policy = RequestFieldPolicy(names: names, trusted: true, keepsToken: true)
        #expect(self.forwarded(["Upgrade: x", "A: b"], policy, names: names) == ["A: b"])
    }

    @Test("honours a method override only where the route does")
    func methodOverride() {
        let policy = RequestFieldPolicy(names: .standard, trusted: false, honoursMethodOverride: true)
        #expect(
            self.forwarded(["X-HTTP-Method-Override: PUT", "x_http_method_override: PUT"], policy)
                == ["X-HTTP-Method-Override: PUT"]
        )
    }

    @Test("passes a service's fields but those about its connection and the gateway's own")
    func response() {
        let lines = [
            "Server: s", "X-Auth-Token: forged", "x_auth_token: forged", "X-Auth-Other: forged", "Content-Length: 0",
            "Content_Length: 5", "Keep-Alive: timeout=5", "Connection: close, X-Hop", "X-Hop: a", "x.hop: b",
            "Set-Cookie: A=B", "set-cookie: C=D", "Upgrade: h2", "Trailer: x", "Proxy-Authenticate: x",
            "X-Wx-Source: w",
            "WWW-Authenticate: Basic", "ETag: \"E\"", "Cache-Control: max-age=1", "X-MiXeD-Name-That-Is-Long: V",
        ]
        #expect(
            self.returned(lines, .pass) == [
                "server: s", "set-cookie: A=B", "set-cookie: C=D", "x-wx-source: w", "www-authenticate: Basic",
                "etag: \"E\"",
                "cache-control: max-age=1", "x-mixed-name-that-is-long: V",
            ]
        )
    }

    @Test("lower-cases names of every length, and no byte of a value", arguments: 1...40)
    func lowerCase(_ length: Int) {
        let name = String("ABCDEFGHIJ-KLMNOPQRST_UVWXYZ.0123456789!Z".prefix(length))
        for value in ["", "V", "VALUE-IN-CAPITALS"] {
            #expect(self.returned(["\(name):\(value)"], .pass) == ["\(name.lowercased()):\(value)"])
        }
    }

    @Test("drops what describes the body where the body is replaced or wrapped")
    func bodies() {
        let lines = [
            "Content-Type: a/b", "Content-Encoding: gzip", "Content-MD5: x", "Content-Disposition: x", "ETag: \"E\"",
            "Last-Modified: x", "Cache-Control: max-age=1", "Digest: x", "Repr-Digest: x", "Content-Digest: x",
            "Accept-Ranges: bytes", "Retry-After: 5", "WWW-Authenticate: Basic", "Set-Cookie: a",
            "Access-Control-Allow-Origin: *",
        ]
        #expect(
            self.returned(lines, .normalisedFailure) == [
                "retry-after: 5", "set-cookie: a", "access-control-allow-origin: *",
            ]
        )
        #expect(
            self.returned(lines, .wrappedSuccess) == [
                "content-disposition: x", "last-modified: x", "cache-control: max-age=1", "retry-after: 5",
                "www-authenticate: Basic", "set-cookie: a", "access-control-allow-origin: *",
            ]
        )
        #expect(self.returned(lines, .wrappedSuccess.dropping([.cacheControl, .setCookie])).contains("retry-after: 5"))
        #expect(!self.returned(lines, .wrappedSuccess.dropping([.cacheControl])).contains("cache-control: max-age=1"))
    }

    @Test("drops what is about caching where the gateway's own rule stands, and only there")
    func caching() {
        let lines = [
            "Cache-Control: public", "Expires: 0", "Pragma: x", "Age: 1", "CDN-Cache-Control: public",
            "Surrogate-Control: x", "Edge-Control: x", "X-Accel-Expires: 1", "X-Wx-Cache-Control: x",
            "X-Forwarded-Cache-Control: x", "Content-Cache-Control: x",
        ]
        let kept = ["vary: origin", "x-cache: hit", "x-accel-buffering: no", "x-cache-controls: x"]
        for policy in [ResponseFieldPolicy.pass.withToken, .wrappedSuccess.withToken, .normalisedFailure] {
            #expect(self.returned(lines + kept, policy) == kept)
        }
        #expect(self.returned(lines + kept, .pass).count == lines.count + kept.count)
        #expect(self.returned(lines + kept, .wrappedSuccess).count == lines.count + kept.count)
    }

    @Test("of a client's request, drops no field for being about caching")
    func requestCaching() {
        let lines = ["Cache-Control: no-cache", "Pragma: no-cache", "CDN-Cache-Control: x", "Content-Cache-Control: x"]
        #expect(self.forwarded(lines, Self.stranger) == lines)
        #expect(self.forwarded(["X-Wx-Cache-Control: x", "X-Forwarded-Cache-Control: x"], Self.stranger) == [])
    }
}

@Suite("A head that is written")
struct HeadWritingTests {
    private func request(_ text: String) -> RequestHead {
        var parser = RequestParser()
        var head = RequestHead()
        var buffer = ByteBuffer(latin1: text)
        let result = parser.parse(&buffer, into: &head)
        #expect(result == .head)
        return head
    }

    @Test("asks the service for the rewritten target, in the gateway's words")
    func requestHead() {
        let head = self.request("REPORT http://H/old?q=1 HTTP/1.0\r\nHost: h\r\nA: 1\r\nTE: trailers\r\nB: 2\r\n\r\n")
        let out = write(
            head,
            target: "/new/path",
            host: "10.0.0.1:9001",
            policy: RequestFieldPolicy(names: .standard, trusted: false),
            identity: "x-user-id: u\r\n",
            extra: "via: 1.0 menshen\r\n",
            framing: .length(18_446_744_073_709_551_615)
        )
        #expect(
            out == "REPORT /new/path?q=1 HTTP/1.1\r\nhost: 10.0.0.1:9001\r\nA: 1\r\nB: 2\r\n"
                + "content-length: 18446744073709551615\r\nx-user-id: u\r\nvia: 1.0 menshen\r\n\r\n"
        )
    }

    @Test(
        "frames the body anew",
        arguments: [
            (BodyFraming.none, ""), (.untilClose, ""), (.chunked, "transfer-encoding: chunked\r\n"),
            (.length(0), "content-length: 0\r\n"), (.length(1024), "content-length: 1024\r\n"),
            (.length(10), "content-length: 10\r\n"), (.length(9), "content-length: 9\r\n"),
        ]
    )
    func framing(_ framing: BodyFraming, _ line: String) {
        let head = self.request("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 77\r\n\r\n")
        #expect(write(head, framing: framing) == "POST / HTTP/1.1\r\nhost: s\r\n\(line)\r\n")
    }

    @Test("can be read again and says the same", arguments: RequestCase.all)
    func roundTrip(_ testCase: RequestCase) {
        var parser = RequestParser()
        var head = RequestHead()
        var buffer = ByteBuffer(latin1: testCase.text)
        guard parser.parse(&buffer, into: &head) == .head else { return }
        let path = head.path.isEmpty ? "/" : head.arena.text(head.path)
        let out = write(head, target: path, framing: head.framing)
        guard case .head(let summary, let rest) = parseRequest([out]) else {
            Issue.record("\(out)")
            return
        }
        #expect(rest.isEmpty && summary.hasPrefix("\(head.arena.text(head.methodName)) "))
        #expect(summary.contains("\(head.framing)") && !summary.contains(" !") && !summary.contains("expects"))
    }

    @Test("gives the client the service's reason, or the gateway's own where the status changed")
    func responseHead() {
        var parser = ResponseParser()
        var head = ResponseHead()
        var buffer = ByteBuffer(latin1: "HTTP/1.0 401 Nope\r\nA: B\r\n\r\n")
        _ = parser.parse(&buffer, requestMethod: .get, into: &head)
        var out = ByteBuffer()
        HeadWriter.writeResponseHead(
            into: &out,
            from: head,
            status: 401,
            policy: .pass,
            framing: .chunked,
            connection: .close,
            extra: FieldBlock(lines: "x-request-id: 1\r\n")
        )
        #expect(
            out.latin1
                == "HTTP/1.1 401 Nope\r\na: B\r\ntransfer-encoding: chunked\r\nconnection: close\r\nx-request-id: 1\r\n\r\n"
        )
        out.clear()
        HeadWriter.writeResponseHead(
            into: &out,
            from: head,
            status: 403,
            policy: .pass,
            framing: .length(7),
            connection: .keepAlive,
            extra: FieldBlock()
        )
        #expect(out.latin1 == "HTTP/1.1 403 Forbidden\r\na: B\r\ncontent-length: 7\r\nconnection: keep-alive\r\n\r\n")
    }

    @Test(
        "is the gateway's own",
        arguments: [(100, "Continue"), (200, "OK"), (431, "Request Header Fields Too Large"), (599, "")]
    )
    func ownHead(_ status: Int, _ reason: String) {
        var out = ByteBuffer(string: "before")
        HeadWriter.writeOwnResponseHead(
            into: &out,
            status: status,
            framing: .none,
            connection: .none,
            extra: FieldBlock(lines: "a: b\r\n")
        )
        #expect(out.latin1 == "beforeHTTP/1.1 \(status) \(reason)\r\na: b\r\n\r\n")
    }

    @Test("fits where everything is long")
    func room() {
        let long = String(repeating: "x", count: 5000)
        let head = self.request("GET /\(long)?\(long.prefix(3000)) HTTP/1.1\r\nHost: \(long)\r\nA: \(long)\r\n\r\n")
        let out = write(
            head,
            target: "/\(long)",
            host: long,
            identity: "i: \(long)\r\n",
            extra: "e: \(long)\r\n",
            framing: .length(.max)
        )
        #expect(out.hasPrefix("GET /\(long)?xxx") && out.contains("host: \(long)\r\nA: \(long)\r\ncontent-length: "))
        #expect(out.hasSuffix("\(UInt64.max)\r\ni: \(long)\r\ne: \(long)\r\n\r\n"))
    }

    @Test("writes where the buffer has room, without a copy")
    func inPlace() {
        let head = self.request("GET / HTTP/1.1\r\nHost: h\r\n\r\n")
        var out = ByteBufferAllocator().buffer(capacity: 4096)
        let before = out.storageCapacity
        for _ in 0..<3 {
            HeadWriter.writeRequestHead(
                into: &out,
                from: head,
                target: [0x2F].span,
                host: [0x73].span,
                policy: RequestFieldPolicy(names: .standard, trusted: false),
                identity: ByteBuffer().readableBytesSpan,
                extra: FieldBlock(),
                framing: .none
            )
        }
        #expect(out.storageCapacity == before)
        #expect(out.latin1 == String(repeating: "GET / HTTP/1.1\r\nhost: s\r\n\r\n", count: 3))
    }
}

private func write(
    _ head: RequestHead,
    target: String = "/",
    host: String = "s",
    policy: RequestFieldPolicy = RequestFieldPolicy(names: .standard, trusted: false),
    identity: String = "",
    extra: String = "",
    framing: BodyFraming = .none
) -> String {
    var out = ByteBuffer()
    let target = Array(target.utf8)
    let host = Array(host.utf8)
    let identity = ByteBuffer(string: identity)
    HeadWriter.writeRequestHead(
        into: &out,
        from: head,
        target: target.span,
        host: host.span,
        policy: policy,
        identity: identity.readableBytesSpan,
        extra: FieldBlock(lines: extra),
        framing: framing
    )
    return out.latin1
}

extension String {
    /// Lines up to the empty one.
    fileprivate var components: [String] {
        self.split(separator: "\r\n", omittingEmptySubsequences: true).map(String.init)
    }
}
