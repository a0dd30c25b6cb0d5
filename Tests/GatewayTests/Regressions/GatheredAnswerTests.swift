import NIOCore
import Testing

@testable import Gateway

/// The buffer in which answers are gathered once kept what had gone out, and grew with every answer.
@Suite("The buffer of a worker's answers is empty once they are sent")
struct GatheredAnswerTests {
    @Test("and stays as large as one event needs it")
    func size() async throws {
        let service = try ScriptedService.answering(ok(String(repeating: "a", count: 1000)))
        try await TestGateway.run(service: service) { gateway in
            for _ in 0..<8 {
                let client = try gateway.client()
                for _ in 0..<200 { #expect(try client.get("/").body.count == 1000) }
            }
            try await gateway.gateway.workers.forEach { worker in
                #expect(worker.outbound.readableBytes == 0)
                #expect(worker.outbound.storageCapacity <= 16 << 10)
            }
        }
    }
}
