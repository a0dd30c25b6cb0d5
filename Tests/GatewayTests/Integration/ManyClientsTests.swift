import RandomJSON
import Testing

@Suite("Many clients at once on one loop")
struct ManyClientsTests {
    /// Two requests behind one another on one connection.
    private struct Exchange {
        var client: RawClient
        var bodies: [[UInt8]]
        var unsent: ArraySlice<UInt8> = []

        /// - Parameter largest: of the first body, in bytes. The second has to find room with the kernels while the first
        ///   answer is not read.
        init(_ client: RawClient, number: Int, largest: Int, random: inout SeededGenerator) {
            self.client = client
            let limits = [Bool.random(using: &random) ? 200 : largest, 30_000]
            // No two clients have bytes in common.
            bodies = limits.map { limit in
                (0..<Int.random(in: 1...limit, using: &random)).map { _ in
                    UInt8(number * 10 + Int.random(in: 0..<10, using: &random))
                }
            }
            for body in bodies {
                let filling = String(repeating: "f", count: Int.random(in: 0...3000, using: &random))
                unsent += "POST /x HTTP/1.1\r\nhost: a\r\nfilling: \(filling)\r\n".utf8
                unsent += "content-length: \(body.count)\r\n\r\n".utf8
                unsent += body
            }
        }

        mutating func sendPiece(random: inout SeededGenerator) throws {
            let piece = unsent.prefix(Int.random(in: 1...(Bool.random(using: &random) ? 3000 : 20_000), using: &random))
            try client.send(Array(piece))
            unsent = unsent.dropFirst(piece.count)
        }
    }

    /// Their heads, their bodies and the answers stop and wait wherever it happens: in the midst of a read of the loop, behind
    /// another answer, for a client that takes little.
    @Test("each gets its own bytes back, in whatever pieces and order all of theirs arrive")
    func interleaved() async throws {
        let service = try ScriptedService.start { peer in
            while let request = try peer.readRequest() {
                try peer.send(
                    Array("HTTP/1.1 200 OK\r\ncontent-length: \(request.body.count)\r\n\r\n".utf8) + request.body
                )
            }
        }
        // A client may wait for all others between two pieces, and a run under a sanitizer is slow.
        let timeouts = #"{"head":"120s","body":"120s"}"#
        try await TestGateway.run(service: service, members: ["workers": "1", "timeouts": timeouts]) { gateway in
            var random = SeededGenerator()
            print("many clients: MENSHEN_TEST_SEED=\(random.seed)")
            let clients = try (0..<20).map { try gateway.client(receiveBuffer: $0 < 5 ? 4096 : nil) }
            for _ in 1...4 {
                var exchanges = clients.enumerated().map {
                    Exchange($1, number: $0, largest: $0 < 5 ? 300_000 : 30_000, random: &random)
                }
                var left = Array(exchanges.indices)
                while let index = left.randomElement(using: &random) {
                    try exchanges[index].sendPiece(random: &random)
                    if exchanges[index].unsent.isEmpty { left.removeAll { $0 == index } }
                }
                for exchange in exchanges.shuffled(using: &random) {
                    for body in exchange.bodies {
                        let response = try exchange.client.read()
                        #expect(response.status == 200)
                        #expect(response.body == body)
                    }
                }
            }
            service.expectNoFaults()
        }
    }
}
