import NIOCore
import Testing

@testable import Gateway

/// Answers go out by two ways: past the channel while the kernel takes them, through it where it does not.
@Suite("A client that sends many requests and reads their answers late")
struct LateReaderTests {
    private static func text(_ number: Int) -> String {
        // From what goes out in one write to what is not copied and takes several.
        let count = [3, 700, 5_000, 40_000][number % 4]
        return "\(number) " + String(repeating: "abcdefghij", count: count / 10)
    }

    @Test("gets each of them whole and in its turn", arguments: ["content-length", "chunked"])
    func inTurn(framing: String) async throws {
        let service = try ScriptedService.start { peer in
            while let request = try peer.readRequest() {
                let text = Self.text(Int(request.target.dropFirst()) ?? 0)
                if framing == "chunked" {
                    let body = "\(String(text.utf8.count, radix: 16))\r\n\(text)\r\n0\r\n\r\n"
                    try peer.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\(body)")
                } else {
                    try peer.send("HTTP/1.1 200 OK\r\nContent-Length: \(text.utf8.count)\r\n\r\n\(text)")
                }
            }
        }
        try await TestGateway.run(service: service) { gateway in
            let client = try gateway.client(receiveBuffer: 4096)
            let count = 600
            let socket = client.socket
            let sender = try BlockingThread {
                for number in 0..<count {
                    do { try socket.send("GET /\(number) HTTP/1.1\r\nhost: h\r\n\r\n".utf8) } catch { return }
                }
            }
            defer { sender.join() }
            // The kernel takes a part of it only.
            try await waitUntilBehind(gateway)
            for number in 0..<count {
                let response = try client.read()
                #expect(response.status == 200)
                #expect(response.text == Self.text(number))
            }
        }
    }

    /// Waits until a client's connection holds bytes that its socket did not take: between two events there are no others.
    private func waitUntilBehind(_ gateway: TestGateway) async throws {
        let isBehind = Watched(false)
        try await waitUntil("a socket to be full") {
            try await gateway.gateway.workers.forEach { worker in
                for connection in worker.clients.connections.values {
                    let held = try? connection.context?.channel.syncOptions?.getOption(.bufferedWritableBytes)
                    if held ?? 0 > 0 { isBehind.withLock { $0 = true } }
                }
            }
            return isBehind.withLock { $0 }
        }
    }
}
