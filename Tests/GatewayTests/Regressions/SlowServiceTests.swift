import Glibc
import JSON
import Testing

/// While a service took so little at a time that the gateway could pass nothing on, the tunnel was once taken for idle.
@Suite("A tunnel whose service reads slowly")
struct SlowServiceTests {
    @Test("is not idle")
    func slow() async throws {
        let total = 2 << 20
        let got = Watched(0)
        let service = try ScriptedService.start(segment: 1024, receiveBuffer: 8 << 10) { peer in
            guard try peer.readRequest() != nil else { return }
            try peer.send("HTTP/1.1 101 Switching Protocols\r\nUpgrade: lines\r\nConnection: Upgrade\r\n\r\n")
            // Enough for the kernel to say so all the time, and in all of it less than makes the gateway pass on more.
            let end = TestClock.milliseconds() + 7_500
            while got.withLock({ $0 }) < total {
                let isSlow = TestClock.milliseconds() < end
                let bytes = try peer.socket.receive(upTo: isSlow ? 1 << 10 : 64 << 10)
                guard !bytes.isEmpty else { return }
                got.withLock { $0 += bytes.count }
                if isSlow { poll(nil, 0, 100) }
            }
            try peer.send("all")
        }
        let route = """
            {"path":"/**","service":"s","auth":"none","upgrade":{"protocols":["lines"],"idleTimeout":"3s"}}
            """
        let log = try await TestGateway.run(service: service, routes: [route]) { gateway in
            let client = try gateway.client()
            try client.sendRequest("GET", "/", fields: ["Connection: Upgrade", "Upgrade: lines"])
            #expect(try client.readOne().status == 101)
            try client.send([UInt8](repeating: 7, count: total))
            try got.wait(for: "all of it", within: 3 * longestWait) { $0 == total }
            #expect(try client.reader.readToEnd() == Array("all".utf8))
            client.close()
            try await gateway.wait(for: "open", target: 0) { $0 == 0 }
        }
        // Who is seen to leave first, once all is said, depends on the machine.
        let words = try log.entries().compactMap { $0["close"]?.string }
        #expect(
            words.count == 1 && ["the service closed", "the client closed", "the client left"].contains(words[0]),
            "\(words)"
        )
        service.expectNoFaults()
    }
}
