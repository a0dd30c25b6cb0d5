import Glibc
import JSON
import Testing

/// What a client had said before it half-closed and left was once dropped where it waited for the service, which saw an
/// end in order behind a part.
@Suite("What a client has said before it leaves, in a protocol without frames")
struct WordsBeforeLeavingTests {
    @Test("comes whole to a service that reads late")
    func late() async throws {
        let mayRead = Watched(false)
        let got = Watched<[UInt8]?>(nil)
        let service = try ScriptedService.start(segment: 1024) { peer in
            guard try peer.readRequest() != nil else { return }
            try peer.send("HTTP/1.1 101 Switching Protocols\r\nUpgrade: lines\r\nConnection: Upgrade\r\n\r\n")
            try mayRead.wait(for: "leave to read", within: 6 * longestWait) { $0 }
            let all = try peer.readToEnd()
            got.withLock { $0 = all }
        }
        let route = #"{"path":"/**","service":"s","auth":"none","upgrade":{"protocols":["lines"]}}"#
        try await TestGateway.run(service: service, routes: [route]) { gateway in
            defer { mayRead.withLock { $0 = true } }
            let client = try gateway.client()
            try client.sendRequest("GET", "/", fields: ["Connection: Upgrade", "Upgrade: lines"])
            #expect(try client.readOne().status == 101)
            let sent = try Self.fill(client, gateway, service)
            client.closeOutput()
            // The gateway has read the end as well, and what it holds for the service waits for it.
            let hasHeard = try PortQueues.wait(port: gateway.port) { queues in
                queues.accepted.halfClosed == 1 && queues.accepted.unread == 0
            }
            #expect(hasHeard)
            client.socket.reset()
            // It has seen that the client is gone: the line is written off the loop.
            try await waitUntil("a line of the access log") { try !gateway.logLines().isEmpty }
            #expect(try gateway.logLines().entries().map { $0["close"]?.string } == ["the client closed"])
            mayRead.withLock { $0 = true }
            try service.waitForEnds(1)
            let all = try #require(got.withLock { $0 })
            #expect(all.count == sent.count && all == sent)
        }
        service.expectNoFaults()
    }

    /// Sends until the kernel takes no more for the service and the gateway holds the rest, which is less than would keep
    /// it from reading on. Gives what was sent.
    private static func fill(
        _ client: RawClient,
        _ gateway: TestGateway,
        _ service: ScriptedService
    ) throws -> [UInt8] {
        var sent: [UInt8] = []
        while sent.count < 16 << 20 {
            let piece = [UInt8](repeating: UInt8(truncatingIfNeeded: sent.count >> 12), count: 4 << 10)
            try client.send(piece)
            sent += piece
            // All that was sent went out, and the gateway has read it.
            try #require(try PortQueues.wait(port: gateway.port) { $0.inward == 0 })
            let all = sent.count
            if try !PortQueues.wait(port: service.port, within: 500, until: { $0.inward == all }),
                try PortQueues.of(port: service.port).inward < all
            {
                return sent
            }
        }
        throw WaitedTooLong(what: "the kernel to take no more")
    }
}
