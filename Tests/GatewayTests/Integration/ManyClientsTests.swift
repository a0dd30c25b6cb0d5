import RandomJSON
import Testing

@Suite("Many clients at once on one loop")
struct ManyClientsTests {
    private struct Exchange {
        var client: RawClient
        var body: [UInt8]
        var unsent: ArraySlice<UInt8>

        init(_ client: RawClient, number: Int, random: inout SeededGenerator) {
            self.client = client
            let count = Int.random(in: 1...(Bool.random(using: &random) ? 200 : 30_000), using: &random)
            // No two clients have bytes in common.
            body = (0..<count).map { _ in UInt8(number * 10 + Int.random(in: 0..<10, using: &random)) }
            unsent = (Array("POST /x HTTP/1.1\r\nhost: a\r\ncontent-length: \(count)\r\n\r\n".utf8) + body)[...]
        }

        mutating func sendPiece(random: inout SeededGenerator) throws {
            let piece = unsent.prefix(Int.random(in: 1...(Bool.random(using: &random) ? 60 : 12_000), using: &random))
            try client.send(Array(piece))
            unsent = unsent.dropFirst(piece.count)
        }
    }

    @Test("each gets its own bytes back, in whatever pieces and order all of theirs arrive")
    func interleaved() async throws {
        let service = try ScriptedService.start { peer in
            while let request = try peer.readRequest() {
                try peer.send(
                    Array("HTTP/1.1 200 OK\r\ncontent-length: \(request.body.count)\r\n\r\n".utf8) + request.body
                )
            }
        }
        try await TestGateway.run(service: service, members: ["workers": "1"]) { gateway in
            var random = SeededGenerator()
            print("many clients: MENSHEN_TEST_SEED=\(random.seed)")
            let clients = try (0..<20).map { _ in try gateway.client() }
            for _ in 1...5 {
                var exchanges = clients.enumerated().map { Exchange($1, number: $0, random: &random) }
                while let index = exchanges.indices.filter({ !exchanges[$0].unsent.isEmpty }).randomElement(
                    using: &random
                ) {
                    try exchanges[index].sendPiece(random: &random)
                }
                for exchange in exchanges.shuffled(using: &random) {
                    let response = try exchange.client.read()
                    #expect(response.status == 200)
                    #expect(response.body == exchange.body)
                }
            }
            service.expectNoFaults()
        }
    }
}
