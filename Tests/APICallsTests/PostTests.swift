import APICalls
import ScriptedServer
import Testing

@Suite("Calls with a body, headers or a time-out of their own", .timeLimit(.minutes(5)))
struct PostTests {
    private func send(_ request: APIRequest, _ client: APIClient) async -> CallResult {
        await withCheckedContinuation { continuation in
            client.send(request) { continuation.resume(returning: $0) }
        }
    }

    @Test("a POST of JSON is plain HTTP/1.1, and its answer comes back")
    func post() async throws {
        let server = try ScriptedServer { .answer(http("\($0.number)", status: 201)) }
        let client = try APIClient()
        let json = #"{"code":"门 ","n":1}"#
        let result = await send(APIRequest(url: server.baseURL + "/a?b=c", jsonBody: Array(json.utf8)), client)
        #expect(result.status == 201 && result.text == "1")
        let request = try #require(server.requests.first)
        #expect(
            request.head
                == "POST /a?b=c HTTP/1.1\r\nHost: 127.0.0.1:\(server.port)\r\nUser-Agent: menshen\r\nAccept: */*\r\n"
                + "Content-Type: application/json\r\nContent-Length: \(json.utf8.count)\r\n\r\n"
        )
        #expect(request.body == json)
    }

    @Test("GET and POST take turns on one connection")
    func turns() async throws {
        let server = try ScriptedServer { .answer(http($0.head.prefix(4) + $0.body)) }
        let client = try APIClient()
        for _ in 0..<3 {
            #expect(await client.get(server.baseURL).text == "GET ")
            #expect(await send(APIRequest(url: server.baseURL, jsonBody: Array("{}".utf8)), client).text == "POST{}")
        }
        #expect(server.connections == 1)
    }

    @Test(
        "an empty body and one of 1 MiB with null bytes arrive whole, without being asked for",
        arguments: [0, 1 << 20]
    )
    func sizes(_ count: Int) async throws {
        let server = try ScriptedServer { .answer(http("\($0.body.utf8.count)")) }
        let body = [UInt8](repeating: 0, count: count)
        #expect(await send(APIRequest(url: server.baseURL, jsonBody: body), try APIClient()).text == "\(count)")
        #expect(server.requests.first?.head.lowercased().contains("expect") == false)
    }

    @Test("headers are sent in their order, with GET and POST")
    func headers() async throws {
        let server = try ScriptedServer { _ in .answer(http("")) }
        let client = try APIClient()
        let headers = [APIRequest.Header("x-request-id", "0199"), APIRequest.Header("Authorization", "Bearer a:b c")]
        _ = await send(APIRequest(url: server.baseURL, headers: headers), client)
        _ = await send(APIRequest(url: server.baseURL, jsonBody: [], headers: headers), client)
        #expect(server.requests.count == 2)
        for request in server.requests {
            #expect(request.head.contains("\r\nx-request-id: 0199\r\nAuthorization: Bearer a:b c\r\n"))
        }
    }

    @Test(
        "a header that would break the head is not sent",
        arguments: [
            ("x-a", "b\r\nx-c: d"), ("x-a", "b\0"), ("x-a\r\nx-b", "c"), ("", "a"), ("x a", "b"), ("x:a", "b"),
            ("x-a", ""), ("x-a", "\u{7F}"), ("x-é", "b"),
        ]
    )
    func unfitHeader(_ name: String, _ value: String) async throws {
        let server = try ScriptedServer { _ in .answer(http("")) }
        let request = APIRequest(url: server.baseURL, headers: [APIRequest.Header(name, value)])
        #expect(await send(request, try APIClient()).error == .invalidRequest)
        #expect(server.connections == 0)
    }

    @Test(
        "a POST on a connection that dies under it is not sent again",
        arguments: [ScriptedServer.Step.answerThenClose(""), .answerThenReset("")]
    )
    func once(_ end: ScriptedServer.Step) async throws {
        let server = try ScriptedServer { $0.number == 2 ? end : .answer(http("\($0.number)")) }
        let client = try APIClient()
        let request = APIRequest(url: server.baseURL, jsonBody: Array("{}".utf8))
        #expect(await send(request, client).text == "1")
        let second = await send(request, client)
        #expect(second.error == .resent, "\(second)")
        #expect(await send(request, client).text == "3")
        #expect(server.requests.map(\.body) == ["{}", "{}", "{}"])
    }

    @Test("a POST meets stray bytes by asking on a new connection, with its body")
    func strayBytes() async throws {
        let server = try ScriptedServer { .answer(http("\($0.number)") + ($0.number == 1 ? http("stray") : "")) }
        let client = try APIClient()
        let request = APIRequest(url: server.baseURL, jsonBody: Array("{}".utf8))
        #expect(await send(request, client).text == "1")
        #expect(await send(request, client).text == "2")
        #expect(server.requests.map(\.body) == ["{}", "{}"])
    }

    @Test("a call's own time-out stands in place of the client's, shorter or longer")
    func timeout() async throws {
        let server = try ScriptedServer { _ in .hang }
        let patient = try APIClient(limits: limits { $0.totalTimeout = .seconds(600) })
        let short = APIRequest(url: server.baseURL, totalTimeout: .milliseconds(200))
        #expect(await send(short, patient).error == .timeout)
        let post = APIRequest(url: server.baseURL, jsonBody: [], totalTimeout: .milliseconds(200))
        #expect(await send(post, patient).error == .timeout)

        let answering = try ScriptedServer { _ in .answer(http("ok")) }
        let hasty = try APIClient(limits: limits { $0.totalTimeout = .zero })
        #expect(await hasty.get(answering.baseURL).error == .waitedTooLong)
        #expect(await send(APIRequest(url: answering.baseURL, totalTimeout: .seconds(30)), hasty).text == "ok")
    }

    @Test("nothing of a request is printed")
    func secrecy() {
        let request = APIRequest(
            url: "http://127.0.0.1/geheim",
            jsonBody: Array("geheim".utf8),
            headers: [APIRequest.Header("authorization", "geheim")]
        )
        var dumped = ""
        dump(request, to: &dumped)
        for text in ["\(request)", String(reflecting: request), dumped] { #expect(!text.contains("geheim")) }
    }
}
