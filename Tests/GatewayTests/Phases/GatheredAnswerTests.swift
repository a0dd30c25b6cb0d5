import NIOCore
import Testing

@testable import Gateway

@Suite("What a worker gathers of its answers")
struct GatheredAnswerTests {
    @Test(
        "is let go once they are sent, and its buffer is as large as one event needs it",
        arguments: [1_000, 100_000]
    )
    func size(count: Int) async throws {
        let service = try ScriptedService.answering(ok(String(repeating: "a", count: count)))
        try await TestGateway.run(service: service) { gateway in
            for _ in 0..<8 {
                let client = try gateway.client()
                for _ in 0..<200 { #expect(try client.get("/").body.count == count) }
            }
            try await gateway.gateway.workers.forEach { worker in
                #expect(worker.clients.outbound.readableBytes == 0)
                #expect(worker.clients.largePiece.readableBytes == 0)
                #expect(worker.clients.largePieceOffset == nil)
                #expect(worker.clients.outbound.storageCapacity <= 16 << 10)
            }
        }
    }
}
