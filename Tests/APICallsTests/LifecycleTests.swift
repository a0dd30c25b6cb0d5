import APICalls
import NIOConcurrencyHelpers
import ScriptedServer
import Testing

@Suite("Many calls, and the end", .timeLimit(.minutes(5)))
struct LifecycleTests {
    @Test("what may not wait is refused at once")
    func overload() async throws {
        let server = try ScriptedServer { _ in .hang }
        let client = try APIClient(
            limits: limits {
                $0.concurrentCalls = 2
                $0.waitingCalls = 3
                $0.totalTimeout = .seconds(60)
            }
        )
        let results = Results()
        for _ in 0..<2 { client.send(APIRequest(url: server.baseURL)) { results.put($0) } }
        #expect(await server.wait { $0.requests.count == 2 })
        for _ in 0..<5 { client.send(APIRequest(url: server.baseURL)) { results.put($0) } }
        #expect(results.errors == [.overloaded, .overloaded])
        client.stop()
        #expect(results.errors.dropFirst(2) == [.shutDown, .shutDown, .shutDown, .shutDown, .shutDown])
        #expect(server.requests.count == 2)
    }

    @Test("the time spent waiting for a turn counts, and who spends all of it there is told that nothing was sent")
    func waiting() async throws {
        let server = try ScriptedServer { _ in .hang }
        let client = try APIClient(limits: limits { $0.concurrentCalls = 1 })
        let results = Results()
        // So far apart that no pause of the machine between the two lets the second have time left.
        client.send(APIRequest(url: server.baseURL, totalTimeout: .seconds(3))) { results.put($0) }
        client.send(APIRequest(url: server.baseURL, totalTimeout: .milliseconds(200))) { results.put($0) }
        #expect(await server.wait { _ in results.errors.count == 2 })
        #expect(results.errors == [.timeout, .waitedTooLong])
        #expect(server.requests.count <= 1)
    }

    @Test("a place that gets free is taken")
    func turns() async throws {
        let server = try ScriptedServer { .answer(http($0.target)) }
        let client = try APIClient(limits: limits { $0.concurrentCalls = 1 })
        await withTaskGroup(of: Void.self) { group in
            for number in 0..<50 {
                group.addTask { #expect(await client.get("\(server.baseURL)/\(number)").text == "/\(number)") }
            }
        }
        #expect(server.connections == 1)
    }

    @Test("a completion may send")
    func sendFromCompletion() async throws {
        let server = try ScriptedServer { .answer(http("\($0.number)")) }
        let client = try APIClient()
        let text = await withCheckedContinuation { continuation in
            client.send(APIRequest(url: server.baseURL)) { _ in
                client.send(APIRequest(url: server.baseURL)) { continuation.resume(returning: $0.text) }
            }
        }
        #expect(text == "2")
    }

    @Test("stop ends running, waiting and later calls")
    func stop() async throws {
        let server = try ScriptedServer { _ in .hang }
        let client = try APIClient(limits: patient { $0.concurrentCalls = 1 })
        let results = Results()
        for _ in 0..<3 { client.send(APIRequest(url: server.baseURL)) { results.put($0) } }
        #expect(await server.wait { $0.requests.count == 1 })
        client.stop()
        #expect(results.errors == [.shutDown, .shutDown, .shutDown])
        #expect(await client.get(server.baseURL).error == .shutDown)
        client.stop()
    }

    @Test("stop from a completion does not wait for itself")
    func stopFromCompletion() async throws {
        let server = try ScriptedServer { _ in .answer(http("")) }
        let client = try APIClient()
        await withCheckedContinuation { continuation in
            client.send(APIRequest(url: server.baseURL)) { _ in
                client.stop()
                continuation.resume()
            }
        }
        #expect(await client.get(server.baseURL).error == .shutDown)
    }

    @Test("a client that nobody holds ends its thread")
    func dropped() async throws {
        let server = try ScriptedServer { _ in .hang }
        let results = Results()
        do {
            let client = try APIClient(limits: patient())
            client.send(APIRequest(url: server.baseURL)) { results.put($0) }
            #expect(await server.wait { $0.requests.count == 1 })
        }
        #expect(results.errors == [.shutDown])
        #expect(await server.wait { $0.openConnections == 0 })
    }
}

/// Calls that outlast any wait for a turn of this test's own, which under a sanitizer can be long.
private func patient(_ change: (inout APICallLimits) -> Void = { _ in }) -> APICallLimits {
    limits {
        $0.totalTimeout = .seconds(3600)
        change(&$0)
    }
}

private final class Results: Sendable {
    private let list = NIOLockedValueBox<[APICallError?]>([])
    var errors: [APICallError?] { list.withLockedValue { $0 } }
    func put(_ result: CallResult) { list.withLockedValue { $0.append(result.error) } }
}
