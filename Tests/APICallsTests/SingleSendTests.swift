import APICalls
import Foundation
import ScriptedServer
import Testing

/// Debian 12's libcurl sends a request again when a reused connection dies, and takes stray bytes for an answer.
@Suite("A request is sent once, and answered by its own answer", .timeLimit(.minutes(5)))
struct SingleSendTests {
    @Test("a connection is used again")
    func reuse() async throws {
        let server = try ScriptedServer { .answer(http("\($0.number)")) }
        let client = try APIClient()
        #expect(await client.get(server.baseURL).text == "1")
        #expect(await client.get(server.baseURL).text == "2")
        #expect(server.connections == 1)
    }

    @Test("one that the server closed while it was idle is not")
    func closedWhileIdle() async throws {
        let server = try ScriptedServer {
            $0.number == 1 ? .answerThenClose(http("1")) : .answer(http("\($0.number)"))
        }
        let client = try APIClient()
        #expect(await client.get(server.baseURL).text == "1")
        #expect(await server.wait { $0.openConnections == 0 })
        #expect(await client.get(server.baseURL).text == "2")
        #expect(server.requests.map(\.connection) == [1, 2])
    }

    @Test(
        "one that dies under the request ends the call",
        arguments: [
            ScriptedServer.Step.answerThenClose(""), .answerThenReset(""),
        ]
    )
    func diesUnderTheRequest(_ end: ScriptedServer.Step) async throws {
        let server = try ScriptedServer { $0.number == 2 ? end : .answer(http("\($0.number)")) }
        let client = try APIClient()
        #expect(await client.get(server.baseURL + "/1").text == "1")
        let second = await client.get(server.baseURL + "/2")
        #expect(second.error == .resent, "\(second)")
        #expect(await client.get(server.baseURL + "/3").text == "3")
        #expect(server.requests.map(\.target) == ["/1", "/2", "/3"])
        #expect(server.requests.map(\.connection) == [1, 1, 3] || server.requests.map(\.connection) == [1, 1, 2])
    }

    @Test("one with unread bytes is not used again")
    func strayBytes() async throws {
        let server = try ScriptedServer { .answer(http("answer to \($0.target)")) }
        let client = try APIClient()
        #expect(await client.get(server.baseURL + "/1").text == "answer to /1")
        server.push(http("another user's"), on: 1)
        #expect(await client.get(server.baseURL + "/2").text == "answer to /2")
        #expect(server.requests.map(\.target) == ["/1", "/2"])
        #expect(server.requests.map(\.connection) == [1, 2])
    }

    @Test("one idle for too long is not used again")
    func idle() async throws {
        let server = try ScriptedServer { .answer(http("\($0.number)")) }
        let client = try APIClient(limits: limits { $0.idleSeconds = 1 })
        #expect(await client.get(server.baseURL).text == "1")
        // The bound is in whole seconds of libcurl's own clock, so only time can pass it.
        try await Task.sleep(for: .milliseconds(2200))
        #expect(await client.get(server.baseURL).text == "2")
        #expect(server.requests.map(\.connection) == [1, 2])
    }

    @Test("many at once, with all kinds of endings", arguments: [UInt64.random(in: 0...UInt64.max)])
    func interleavings(_ seed: UInt64) async throws {
        print("seed \(seed)")
        let server = try ScriptedServer { request in
            let answer = http("answer to \(request.target)")
            // By the target, not the order of arrival: the same seed gives the same steps.
            var hash = seed
            for byte in request.target.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
            switch (hash >> 32) % 8 {
            case 0: return .answerThenClose("")
            case 1: return .answerThenReset("HTTP/1.1 200 OK\r\ncontent-le")
            case 2: return .answerThenClose(answer)
            case 3: return .answer(answer + http("stray"))
            default: return .answer(answer)
            }
        }
        let client = try APIClient(
            limits: limits {
                $0.concurrentCalls = 16; $0.waitingCalls = 400
            }
        )
        await withTaskGroup(of: Void.self) { group in
            for number in 0..<400 {
                group.addTask {
                    let result = await client.get("\(server.baseURL)/\(number)")
                    switch result {
                    case .success: #expect(result.text == "answer to /\(number)")
                    case .failure(let error): #expect([.reset, .resent].contains(error), "\(error) for \(number)")
                    }
                }
            }
        }
        let targets = server.requests.map(\.target)
        #expect(targets.count == Set(targets).count, "sent twice")
    }
}
