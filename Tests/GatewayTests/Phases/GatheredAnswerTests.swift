import NIOCore
import Testing

@testable import Gateway

@Suite("The buffer in which a worker gathers its answers")
struct GatheredAnswerTests {
    @Test("is empty once they are sent, and as large as one event needs it")
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
