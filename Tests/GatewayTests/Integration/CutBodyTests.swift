import JSON
import Testing

/// After the head went out, a broken body ends in a cut connection, never in a body that looks complete.
@Suite("A body that breaks off")
struct CutBodyTests {
    struct Case: CustomTestStringConvertible, Sendable {
        var name: String
        var head: String
        var sent: String
        /// What the client gets of the body before the cut.
        var passed: String
        var resets = false
        var testDescription: String { name + (resets ? ", then a reset" : ", then a close") }

        /// Sends head and body, and breaks off once the client has all of that.
        func script(_ clientHasIt: Gate) -> ScriptedService.Script {
            { [self] peer in
                _ = try peer.readRequest()
                try peer.send(head + sent)
                try clientHasIt.wait()
                if resets { peer.reset() }
            }
        }
    }

    private static let length = "HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 10\r\n\r\n"
    private static let chunked = "HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ntransfer-encoding: chunked\r\n\r\n"
    private static let untilClose = "HTTP/1.0 200 OK\r\ncontent-type: text/plain\r\n\r\n"

    static let breaking: [Case] = [false, true].flatMap { resets in
        [
            Case(name: "short of its length", head: length, sent: "abcd", passed: "abcd", resets: resets),
            Case(name: "nothing of its length", head: length, sent: "", passed: "", resets: resets),
            Case(name: "between chunks", head: chunked, sent: "4\r\nabcd\r\n", passed: "abcd", resets: resets),
            Case(name: "within a chunk", head: chunked, sent: "9\r\nabcd", passed: "abcd", resets: resets),
            Case(
                name: "before the last line",
                head: chunked,
                sent: "4\r\nabcd\r\n0\r\n",
                passed: "abcd",
                resets: resets
            ),
        ]
    }

    static let broken: [Case] = [
        Case(name: "a chunk size that is none", head: chunked, sent: "4\r\nabcd\r\nxyz\r\n", passed: "abcd"),
        Case(name: "a signed chunk size", head: chunked, sent: "4\r\nabcd\r\n-1\r\n", passed: "abcd"),
        Case(
            name: "a chunk size over 64 bits",
            head: chunked,
            sent: "4\r\nabcd\r\nfffffffffffffffff\r\n",
            passed: "abcd"
        ),
        Case(name: "no line end behind a chunk", head: chunked, sent: "4\r\nabcdXX4\r\n", passed: "abcd"),
        Case(name: "a broken trailer", head: chunked, sent: "4\r\nabcd\r\n0\r\nbad trailer\r\n\r\n", passed: "abcd"),
    ]

    /// Reads until the head and `count` bytes of body have come, for a script that waits for that.
    private func readHead(_ client: RawClient, and part: String) throws {
        while true {
            let text = String(decoding: client.reader.unread, as: UTF8.self)
            if let end = text.firstRange(of: "\r\n\r\n"), text[end.upperBound...].contains(part) { return }
            guard try client.reader.fill() else { throw MessageFault.cut(body: []) }
        }
    }

    @Test("the client's connection is cut with it", arguments: breaking)
    func breaksOff(testCase: Case) async throws {
        let clientHasIt = Gate()
        let service = try ScriptedService.start(testCase.script(clientHasIt))
        let log = try await TestGateway.run(service: service) { gateway in
            let client = try gateway.client()
            try client.sendRequest("GET", "/x")
            try readHead(client, and: testCase.passed)
            clientHasIt.open()
            #expect(try client.readCut() == Array(testCase.passed.utf8))
            #expect(service.requests.count == 1)
        }
        #expect(log.count == 1)
        #expect(log.first?.contains(#""truncated":true"#) == true)
    }

    @Test("a broken chunk cuts the client's connection", arguments: broken)
    func breaksChunking(testCase: Case) async throws {
        let service = try ScriptedService.start { peer in
            _ = try peer.readRequest()
            try peer.send(testCase.head + testCase.sent)
            _ = try peer.readToEnd()
        }
        try await TestGateway.run(service: service) { gateway in
            let client = try gateway.client()
            try client.sendRequest("GET", "/x")
            #expect(try client.readCut() == Array(testCase.passed.utf8))
            try service.waitForEnds(1)
        }
    }

    @Test("a body that runs to the close is not ended by a reset")
    func untilCloseReset() async throws {
        let clientHasIt = Gate()
        let testCase = Case(name: "", head: Self.untilClose, sent: "abcd", passed: "abcd", resets: true)
        let service = try ScriptedService.start(testCase.script(clientHasIt))
        try await TestGateway.run(service: service) { gateway in
            let client = try gateway.client()
            try client.sendRequest("GET", "/x")
            try readHead(client, and: "abcd")
            clientHasIt.open()
            #expect(try client.readCut() == Array("abcd".utf8))
        }
    }

    /// Towards HTTP/1.0 a body may run to the close, so that only a reset tells that it broke off.
    @Test("an HTTP/1.0 client sees a reset, not an end", arguments: breaking.filter { $0.head == chunked })
    func http10(testCase: Case) async throws {
        let clientHasIt = Gate()
        let service = try ScriptedService.start(testCase.script(clientHasIt))
        try await TestGateway.run(service: service) { gateway in
            let client = try gateway.client()
            try client.sendRequest("GET", "/x", version: "HTTP/1.0")
            try readHead(client, and: testCase.passed)
            clientHasIt.open()
            var isReset = false
            do {
                let response = try client.read()
                Issue.record("the cut body looks complete: \(response.text)")
            } catch let fault as SocketFault {
                isReset = fault.isReset
            }
            #expect(isReset)
        }
    }

    @Test("idle for too long within the body: cut, and the service's connection ends")
    func idle() async throws {
        let service = try ScriptedService.start { peer in
            _ = try peer.readRequest()
            try peer.send(Self.length + "abcd")
            _ = try peer.readToEnd()
        }
        try await TestGateway.run(service: service, serviceMembers: ["timeouts": #"{"idle":"150ms"}"#]) { gateway in
            let client = try gateway.client()
            let begin = TestClock.milliseconds()
            try client.sendRequest("GET", "/x")
            #expect(try client.readCut() == Array("abcd".utf8))
            #expect(TestClock.milliseconds() - begin >= 150)
            try service.waitForEnds(1)
        }
    }

    @Test("a body that moves is not idle")
    func slowButMoving() async throws {
        let turn = Watched(0)
        let service = try ScriptedService.start { peer in
            _ = try peer.readRequest()
            try peer.send(Self.length)
            for number in 0..<10 {
                try turn.wait(for: "the client's turn") { $0 >= number }
                try peer.send("x")
            }
        }
        try await TestGateway.run(service: service, serviceMembers: ["timeouts": #"{"idle":"400ms"}"#]) { gateway in
            let client = try gateway.client()
            try client.sendRequest("GET", "/x")
            _ = try client.reader.fill()
            let begin = TestClock.milliseconds()
            for number in 0..<10 {
                // Ten pauses that are too long together and short enough each.
                _ = try? Watched(0).wait(for: "some time to pass", within: 60) { _ in false }
                turn.withLock { $0 = number }
            }
            #expect(TestClock.milliseconds() - begin >= 400)
            #expect(try client.read().text == "xxxxxxxxxx")
        }
    }

    @Test("a failure's body that breaks off, or stops, is reported as far as it came", arguments: [false, true])
    func failure(stops: Bool) async throws {
        let service = try ScriptedService.start { peer in
            _ = try peer.readRequest()
            try peer.send("HTTP/1.1 500 Oops\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{\"a\":")
            if stops { _ = try peer.readToEnd() }
        }
        try await TestGateway.run(service: service, serviceMembers: ["timeouts": #"{"idle":"150ms"}"#]) { gateway in
            let client = try gateway.client()
            let response = try client.get("/x")
            response.expectFailure("UPSTREAM_STATUS", status: 500)
            #expect(response.dataData?.string == "{\"a\":")
            #expect(response.data?["truncated"]?.bool == true)
            #expect(try client.livesOn())
            try service.waitForEnds(1)
        }
    }
}
