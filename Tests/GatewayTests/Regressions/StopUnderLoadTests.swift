import Gateway
import Testing

/// A stop closed its listeners on connections that waited to be accepted, or were on their way to their worker: at 9,000 new
/// ones a second a dozen each time got no answer. And until then every request was refused.
@Suite("A stop while clients come")
struct StopUnderLoadTests {
    private struct Outcomes: Sendable {
        var served = 0
        var faults: [String] = []
    }

    /// Asks on a new connection each time, until the port is closed.
    private static func ask(_ gateway: TestGateway, _ outcomes: Watched<Outcomes>) {
        while true {
            let client: RawClient
            do { client = try gateway.client() } catch { return }
            do {
                let response = try client.get("/a")
                outcomes.withLock { outcomes in
                    outcomes.served += 1
                    if response.status != 200 { outcomes.faults.append(response.outcome) }
                }
            } catch {
                outcomes.withLock { $0.faults.append("\(error)") }
            }
        }
    }

    @Test("answers each request of a connection that was made before the port closed")
    func connections() async throws {
        for _ in 0..<5 {
            let service = try EchoService.start()
            let outcomes = Watched(Outcomes())
            try await TestGateway.runToStop(service: service) { gateway in
                let clients = try (0..<4).map { _ in try BlockingThread { Self.ask(gateway, outcomes) } }
                try outcomes.wait(for: "requests") { $0.served >= 100 }
                try await gateway.gateway.stop()
                for client in clients { client.join() }
            }
            #expect(outcomes.withLock { $0.faults } == [])
        }
    }
}
