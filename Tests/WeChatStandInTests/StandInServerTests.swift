import JSON
import NIOConcurrencyHelpers
import NIOCore
import NIOPosix
import Testing

@testable import WeChatStandIn

/// Several loops, whatever the machine has.
let loops = MultiThreadedEventLoopGroup(numberOfThreads: 4)

@Suite("The stand-in over a socket", .timeLimit(.minutes(5)))
struct StandInServerTests {
    private func withServer(
        apps: [String: String]? = ["wx1": "s3cret"],
        idleTimeout: TimeAmount = .seconds(20),
        clock: @escaping @Sendable () -> NIODeadline = { .now() },
        _ body: (StandInServer) throws -> Void
    ) async throws {
        let server = try await StandInServer.start(
            port: 0,
            apps: apps,
            group: loops,
            idleTimeout: idleTimeout,
            clock: clock
        )
        let result = Result { try body(server) }
        await server.stop()
        try result.get()
    }

    private func json(_ response: RawClient.Response) throws -> JSONNode {
        try JSONReader().read(response.body)
    }

    private func code(_ client: RawClient, _ body: String? = nil) throws -> String {
        try #require(try json(client.request("POST", "/stand-in/codes", body: body))["code"]?.string)
    }

    private func exchange(_ client: RawClient, _ code: String, secret: String = "s3cret") -> RawClient.Response {
        client.request(
            "GET",
            "/sns/jscode2session?appid=wx1&secret=\(secret)&js_code=\(code)&grant_type=authorization_code"
        )
    }

    private func fault(_ client: RawClient, _ body: String) {
        #expect(client.request("POST", "/stand-in/faults", body: body).status == 200)
    }

    @Test("A login: text/plain, no errcode, and the code works once")
    func login() async throws {
        try await withServer { server in
            let client = try RawClient(port: server.port)
            let code = try code(client, #"{"openid":"user-1","unionid":"union-1"}"#)
            let first = exchange(client, code)
            #expect(first.status == 200 && first.headers["content-type"] == "text/plain")
            let success = try json(first)
            #expect(success.members?.map(\.name) == ["session_key", "openid", "unionid"])
            #expect(success["openid"]?.string == "user-1" && success["unionid"]?.string == "union-1")
            let second = exchange(client, code)
            #expect(second.status == 200 && second.headers["content-type"] == "text/plain")
            #expect(try json(second)["errcode"]?.integer == 40163)
            #expect(try json(second)["errmsg"]?.string?.hasPrefix("code been used, rid: ") == true)
        }
    }

    @Test("Without a body a code is for a new user, who has no unionid")
    func newUser() async throws {
        try await withServer { server in
            let client = try RawClient(port: server.port)
            let success = try json(exchange(client, try code(client)))
            #expect(success.members?.map(\.name) == ["session_key", "openid"])
        }
    }

    @Test("Errors are HTTP 200 too, and say nothing of the secret")
    func refusals() async throws {
        try await withServer { server in
            let client = try RawClient(port: server.port)
            let wrong = exchange(client, "0abc", secret: "wr0ng")
            #expect(try wrong.status == 200 && json(wrong)["errcode"]?.integer == 40125)
            #expect(!wrong.text.contains("wr0ng"))
            let mock = exchange(client, "the%20code%20is%20a%20mock%20one")
            #expect(try json(mock)["errcode"]?.integer == 40029)
            let post = client.request("POST", "/sns/jscode2session?appid=wx1", body: "{}")
            #expect(try post.status == 200 && json(post)["errcode"]?.integer == 43001)
            let bare = client.request("GET", "/sns/jscode2session")
            #expect(try json(bare)["errcode"]?.integer == 41002)
        }
    }

    @Test("Codes expire by the clock given")
    func clock() async throws {
        let now = NIOLockedValueBox(NIODeadline.uptimeNanoseconds(1_000_000_000))
        try await withServer(clock: { now.withLockedValue { $0 } }) { server in
            let client = try RawClient(port: server.port)
            let code = try code(client)
            now.withLockedValue { $0 = $0 + .minutes(5) }
            #expect(try json(exchange(client, code))["errcode"]?.integer == 42003)
        }
    }

    @Test("Of several who bring one code at once, one gets in")
    func race() async throws {
        try await withServer { server in
            let code = try code(try RawClient(port: server.port))
            let clients = try (0..<8).map { _ in try RawClient(port: server.port) }
            let target = "/sns/jscode2session?appid=wx1&secret=s3cret&js_code=\(code)&grant_type=authorization_code"
            for client in clients { client.send("GET \(target) HTTP/1.1\r\nhost: \(client.host)\r\n\r\n") }
            let errcodes = try clients.map { try json($0.readResponse())["errcode"]?.integer }
            #expect(errcodes.count { $0 == nil } == 1)
            #expect(errcodes.count { $0 == 40163 } == 7)
        }
    }

    @Test("A reset is a reset, and the code is spent")
    func reset() async throws {
        try await withServer { server in
            let client = try RawClient(port: server.port)
            let code = try code(client)
            fault(client, #"{"fault":"reset"}"#)
            #expect(exchange(try RawClient(port: server.port), code).end == .reset)
            #expect(try json(exchange(client, code))["errcode"]?.integer == 40163)
        }
    }

    @Test("A cut answer promises more than it brings")
    func cut() async throws {
        try await withServer { server in
            let client = try RawClient(port: server.port)
            let code = try code(client)
            fault(client, #"{"fault":"cut"}"#)
            let response = exchange(client, code)
            #expect(response.end == .closed && response.status == 200)
            #expect(response.text.hasPrefix("{\"session_key\":"))
            #expect(response.body.count < Int(response.headers["content-length"] ?? "") ?? 0)
        }
    }

    @Test("A slow answer comes late; others do not wait for it")
    func slow() async throws {
        try await withServer { server in
            let client = try RawClient(port: server.port)
            let other = try RawClient(port: server.port)
            let (first, second) = (try code(client), try code(client))
            fault(client, #"{"fault":"slow","delay":"300ms"}"#)
            let begin = NIODeadline.now()
            let target = "/sns/jscode2session?appid=wx1&secret=s3cret&js_code=\(first)&grant_type=authorization_code"
            client.send("GET \(target) HTTP/1.1\r\nhost: \(client.host)\r\n\r\n")
            // The fault is for the first exchange the server sees: that it has seen it, its counter tells.
            while try json(other.request("GET", "/stand-in/calls"))["exchanges"]?.integer == 0 {}
            #expect(try json(exchange(other, second))["openid"] != nil)
            #expect(try json(client.readResponse())["openid"] != nil)
            #expect(NIODeadline.now() - begin >= .milliseconds(300))
        }
    }

    @Test("A chosen errcode, as often as asked")
    func errcode() async throws {
        try await withServer { server in
            let client = try RawClient(port: server.port)
            let code = try code(client)
            fault(client, #"{"fault":"errcode","errcode":45011,"count":2}"#)
            for _ in 0..<2 { #expect(try json(exchange(client, code))["errcode"]?.integer == 45011) }
            #expect(try json(exchange(client, code))["errcode"] == nil)
        }
    }

    @Test("Answers that are no JSON, or not all of it")
    func shapes() async throws {
        try await withServer { server in
            let client = try RawClient(port: server.port)
            fault(client, #"{"fault":"html"}"#)
            let page = exchange(client, "x")
            #expect(page.status == 200 && page.headers["content-type"] == "text/html" && page.text.hasPrefix("<html>"))
            fault(client, #"{"fault":"http500"}"#)
            let failure = exchange(client, "x")
            #expect(failure.status == 500 && failure.headers["content-type"] == "text/plain")

            fault(client, #"{"fault":"missing-openid"}"#)
            #expect(try json(exchange(client, try code(client))).members?.map(\.name) == ["session_key"])
            fault(client, #"{"fault":"missing-session-key"}"#)
            #expect(try json(exchange(client, try code(client))).members?.map(\.name) == ["openid"])
            fault(client, #"{"fault":"errcode-as-string","count":2}"#)
            #expect(try json(exchange(client, try code(client)))["errcode"]?.string == "0")
            #expect(try json(exchange(client, "x"))["errcode"]?.string == "40029")
        }
    }

    @Test("Raw control characters: no strict reader takes them, a lenient one does")
    func controlCharacters() async throws {
        try await withServer { server in
            let client = try RawClient(port: server.port)
            fault(client, #"{"fault":"control-characters","count":2}"#)
            for code in [try code(client), "x"] {
                let response = exchange(client, code)
                #expect(throws: JSONSyntaxError.self) { try JSONReader().read(response.body) }
                let node = try JSONReader(controlCharacters: .tolerate).read(response.body)
                #expect(node["errmsg"]?.string?.hasPrefix("\u{1}") == true)
            }
        }
    }

    @Test("Faults can be taken back, and calls are counted")
    func countersAndFaults() async throws {
        try await withServer { server in
            let client = try RawClient(port: server.port)
            fault(client, #"{"fault":"reset","count":5}"#)
            #expect(try json(client.request("GET", "/stand-in/calls"))["faultsPending"]?.integer == 5)
            #expect(client.request("DELETE", "/stand-in/faults").text == #"{"pending":0}"#)
            _ = exchange(client, try code(client))
            _ = exchange(client, "x")
            let outcomes = #"{"40029":1,"ok":1}"#
            let none = #"{"calls":0,"outcomes":{}}"#
            #expect(
                client.request("GET", "/stand-in/calls").text
                    == #"{"codesIssued":1,"exchanges":2,"outcomes":\#(outcomes),"faultsPending":0,"endpoints":"#
                    + #"{"jscode2session":{"calls":2,"outcomes":\#(outcomes)},"getuserphonenumber":\#(none),"#
                    + #""stable_token":\#(none),"checksession":\#(none)}}"#
            )
        }
    }

    @Test("Bad control requests are told what is wrong")
    func badControl() async throws {
        try await withServer { server in
            let client = try RawClient(port: server.port)
            let unknown = client.request("POST", "/stand-in/codes", body: #"{"appId":"wx9"}"#)
            #expect(
                unknown.status == 400 && unknown.text == #"{"error":"\"appId\" is not one of the stand-in's apps"}"#
            )
            let broken = client.request("POST", "/stand-in/faults", body: "{")
            #expect(broken.status == 400 && broken.headers["content-type"]?.hasPrefix("application/json") == true)
            let large = client.request("POST", "/stand-in/codes", body: String(repeating: " ", count: 20_000))
            #expect(large.status == 400 && large.text.contains("larger than 16384 bytes"))
            let method = client.request("GET", "/stand-in/codes")
            #expect(method.status == 405 && method.headers["allow"] == "POST")
            #expect(client.request("GET", "/nothing").status == 404)
        }
    }

    @Test("An idle connection is closed; one that waits for a slow answer is not")
    func idle() async throws {
        try await withServer(idleTimeout: .milliseconds(100)) { server in
            let idle = try RawClient(port: server.port)
            #expect(idle.readEnd() == .closed)
            let waiting = try RawClient(port: server.port)
            fault(waiting, #"{"fault":"slow","delay":"400ms"}"#)
            #expect(exchange(waiting, "x").status == 200)
            #expect(waiting.readEnd() == .closed)
        }
    }

    @Test("The port is the kernel's, the address loopback, and another is refused")
    func addresses() async throws {
        for address in ["0.0.0.0", "::", "192.0.2.1", "128.0.0.1"] {
            let error = await #expect(throws: SampleServerError.self) {
                _ = try await StandInServer.start(address: address, port: 0, group: loops)
            }
            #expect(error?.description.hasPrefix("\(address) is not a loopback address") == true)
        }
        let server = try await StandInServer.start(address: "127.0.0.2", port: 0, group: loops)
        #expect(server.port > 0)
        await server.stop()
    }

    @Test("A stop closes every connection, also one whose answer waits")
    func stop() async throws {
        let server = try await StandInServer.start(port: 0, group: loops)
        let idle = try RawClient(port: server.port)
        #expect(idle.request("GET", "/stand-in/calls").status == 200)
        let waiting = try RawClient(port: server.port)
        fault(waiting, #"{"fault":"slow","delay":"5m"}"#)
        waiting.send("GET /sns/jscode2session HTTP/1.1\r\nhost: \(waiting.host)\r\n\r\n")
        while try json(idle.request("GET", "/stand-in/calls"))["exchanges"]?.integer == 0 {}
        await server.stop()
        #expect(idle.readEnd() == .closed)
        #expect(waiting.readEnd() == .closed)
    }
}
