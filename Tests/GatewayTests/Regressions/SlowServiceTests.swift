import Glibc
import Testing

/// While a service took so little at a time that the gateway could pass nothing on, the tunnel was once taken for idle; and
/// later still where all that was left of it was with the kernel.
@Suite("A tunnel whose service reads slowly")
struct SlowServiceTests {
    /// More than the kernel takes, and so little that the gateway has nothing to hold back.
    @Test("is not idle", arguments: [(2 << 20, 7_500), (30_000, 4_500)])
    func slow(total: Int, milliseconds: Int64) async throws {
        let got = Watched(0)
        let service = try ScriptedService.start(segment: 512, receiveBuffer: 4 << 10) { peer in
            guard try peer.readRequest() != nil else { return }
            try peer.send("HTTP/1.1 101 Switching Protocols\r\nUpgrade: lines\r\nConnection: Upgrade\r\n\r\n")
            // Enough for the kernel to say so once a second, and in all of it less than there is.
            let end = TestClock.milliseconds() + milliseconds
            let pace = 600
            while got.withLock({ $0 }) < total {
                let isSlow = TestClock.milliseconds() < end
                let bytes = try peer.socket.receive(upTo: isSlow ? pace : 64 << 10)
                guard !bytes.isEmpty else { return }
                got.withLock { $0 += bytes.count }
                if isSlow { poll(nil, 0, 100) }
            }
            try peer.send("all")
        }
        let route = """
            {"path":"/**","service":"s","auth":"none","upgrade":{"protocols":["lines"],"idleTimeout":"3s"}}
            """
        try await TestGateway.run(service: service, routes: [route]) { gateway in
            let client = try gateway.client()
            try client.sendRequest("GET", "/", fields: ["Connection: Upgrade", "Upgrade: lines"])
            #expect(try client.readOne().status == 101)
            try client.send([UInt8](repeating: 7, count: total))
            try got.wait(for: "all of it", within: 3 * longestWait) { $0 == total }
            // A tunnel that was ended before has no way for it any more.
            #expect(try client.reader.readToEnd() == Array("all".utf8))
        }
        service.expectNoFaults()
    }
}
