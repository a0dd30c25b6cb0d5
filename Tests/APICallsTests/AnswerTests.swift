import APICalls
import Cryptography
import ScriptedServer
import TestCertificates
import Testing

@Suite("What an API call gives back", .timeLimit(.minutes(5)))
struct AnswerTests {
    @Test("any status is an answer, and a redirect is not followed", arguments: [200, 204, 302, 404, 500, 503])
    func statuses(_ status: Int) async throws {
        let server = try ScriptedServer { _ in
            .answerThenClose(
                "HTTP/1.1 \(status) X\r\nlocation: /elsewhere\r\ncontent-length: \(status == 204 ? 0 : 2)\r\n\r\n"
                    + (status == 204 ? "" : "ok")
            )
        }
        let result = try await APIClient().get(server.baseURL + "/a?b=c")
        #expect(result.status == status)
        #expect(result.text == (status == 204 ? "" : "ok"))
        #expect(server.requests.map(\.target) == ["/a?b=c"])
    }

    @Test("the request is plain HTTP/1.1")
    func head() async throws {
        let server = try ScriptedServer { _ in .answer(http("ok")) }
        _ = try await APIClient().get(server.baseURL + "/a")
        let head = try #require(server.requests.first?.head)
        #expect(
            head == "GET /a HTTP/1.1\r\nHost: 127.0.0.1:\(server.port)\r\nUser-Agent: menshen\r\nAccept: */*\r\n\r\n"
        )
    }

    struct Fault: CustomTestStringConvertible {
        let testDescription: String
        let step: ScriptedServer.Step
        let error: APICallError

        init(_ name: String, _ step: ScriptedServer.Step, _ error: APICallError) {
            testDescription = name
            self.step = step
            self.error = error
        }
    }

    static let ok = "HTTP/1.1 200 OK\r\n"
    static let chunked = ok + "transfer-encoding: chunked\r\n\r\n"
    static let cut = ok + "content-length: 10\r\n\r\n12345"
    static let many = String(repeating: "x", count: 65_537)
    static let cases = [
        Fault("closed at once", .answerThenClose(""), .reset),
        Fault("reset at once", .answerThenReset(""), .reset),
        Fault("reset in the head", .answerThenReset(ok + "content-le"), .reset),
        Fault("reset in the body", .answerThenReset(cut), .reset),
        Fault("closed in the body", .answerThenClose(cut), .reset),
        Fault("closed between chunks", .answerThenClose(chunked + "5\r\n12345\r\n"), .reset),
        Fault("a length over the limit", .answer(http(many)), .tooLarge),
        Fault("chunks over the limit", .answer(chunked + "10001\r\n\(many)\r\n0\r\n\r\n"), .tooLarge),
        Fault("a body over the limit, without length", .answerThenClose(ok + "\r\n" + many), .tooLarge),
        Fault("a head over the limit", .answer(ok + String(repeating: "a: 23456789\r\n", count: 6000)), .tooLarge),
        Fault("nothing", .hang, .timeout),
        Fault("half an answer, then nothing", .answer(cut), .timeout),
        Fault("no HTTP", .answerThenClose("what?\r\n\r\n"), .other(code: 1)),
    ]

    @Test("a fault is told by its kind", arguments: cases)
    func faults(_ fault: Fault) async throws {
        let server = try ScriptedServer { _ in fault.step }
        // Short only where it is to pass: a busy machine takes its time for the others.
        let client = try APIClient(
            limits: limits { $0.totalTimeout = fault.error == .timeout ? .milliseconds(400) : .seconds(30) }
        )
        #expect(await client.get(server.baseURL).error == fault.error)
        #expect(server.requests.count <= 1)
    }

    @Test("64 KiB with the head is the most")
    func largest() async throws {
        let answer = http(String(repeating: "x", count: 65_400))
        #expect(answer.utf8.count <= 65_536)
        let server = try ScriptedServer { _ in .answer(answer) }
        #expect(try await APIClient().get(server.baseURL).text?.utf8.count == 65_400)
    }

    @Test("where nobody is, there is no connection")
    func refused() async throws {
        let port = try DeafPort()
        #expect(try await APIClient().get("http://127.0.0.1:\(port.number)/").error == .connect)
    }

    @Test("a name that cannot be")
    func unknownName() async throws {
        let label = String(repeating: "a", count: 64)
        #expect(try await APIClient().get("http://\(label).invalid/").error == .resolve)
    }

    @Test(
        "other schemes are not spoken",
        arguments: ["file:///etc/hostname", "ftp://127.0.0.1/", "gopher://127.0.0.1/"]
    )
    func otherSchemes(_ url: String) async throws {
        #expect(try await APIClient().get(url).error == .other(code: 1))
    }

    @Test("what is no URL is refused", arguments: ["", "http://", "http://a b/"])
    func noURL(_ url: String) async throws {
        #expect(try await APIClient().get(url).error == .other(code: 3))
    }

    @Test("a server that speaks no TLS")
    func noTLS() async throws {
        let server = try ScriptedServer { _ in .answer("") }
        let client = try APIClient(
            limits: limits {
                $0.connectTimeout = .seconds(30)
                $0.totalTimeout = .seconds(30)
            },
            // Without any the call ends before its handshake begins.
            authorities: AuthorityStore(TestAuthority().certificate.list)
        )
        async let result = client.get("https://127.0.0.1:\(server.port)/")
        #expect(await server.wait { $0.openConnections == 1 })
        server.push("HTTP/1.1 400 Bad Request\r\n\r\n", on: 1)
        #expect(await result.error == .tls)
    }
}

@Suite("What an API call never tells")
struct SecrecyTests {
    @Test("no URL in any description")
    func descriptions() {
        let request = APIRequest(url: "http://127.0.0.1/?secret=geheim")
        var dumped = ""
        dump(request, to: &dumped)
        let result: Result<APIRequest, APICallError> = .success(request)
        for text in ["\(request)", String(reflecting: request), dumped, "\(result)", "\([request])"] {
            #expect(!text.contains("geheim"))
        }
    }
}

@Suite("Query values")
struct PercentEncodingTests {
    @Test(
        "only unreserved bytes stay",
        arguments: [
            ("", ""), ("azAZ09-._~", "azAZ09-._~"), ("a b", "a%20b"), ("a&b=c#d", "a%26b%3Dc%23d"),
            ("+/=%", "%2B%2F%3D%25"),
            ("门", "%E9%97%A8"), ("\r\n\0", "%0D%0A%00"),
        ]
    )
    func encode(_ value: String, _ encoded: String) {
        #expect(PercentEncoding.queryValue(value) == encoded)
    }
}
