import Dispatch
import Foundation
import NIOConcurrencyHelpers

/// An HTTP server on loopback that does what a test tells it to, for tests of what calls it: raw sockets, a thread per
/// connection, no HTTP library whose courtesy would get in the way.
package final class ScriptedServer: Sendable {
    package struct Request: Sendable {
        /// From 1, over all connections.
        package let number: Int
        /// From 1.
        package let connection: Int
        package let head: String
        /// As long as `content-length` says.
        package let body: String

        /// Path and query.
        package var target: String { head.split(separator: " ").dropFirst().first.map(String.init) ?? "" }
    }

    package enum Step: Sendable {
        /// Sends the bytes and waits for the next request.
        case answer(String)
        /// Sends the bytes and ends the connection in order.
        case answerThenClose(String)
        /// Sends the bytes and ends the connection with a reset.
        case answerThenReset(String)
        /// Says nothing until the peer goes away.
        case hang
    }

    package struct NoSocket: Error {}

    package let port: UInt16
    private let core: ServerCore

    package init(_ respond: @escaping @Sendable (Request) -> Step) throws {
        let (listener, port) = try bindLoopback()
        guard listen(listener, 256) == 0 else { throw NoSocket() }
        let core = ServerCore(listener: listener, respond: respond)
        core.start { core.acceptAll() }
        self.core = core
        self.port = port
    }

    /// Ends all connections; does not wait for their threads.
    deinit {
        core.stop()
    }

    package var baseURL: String { "http://127.0.0.1:\(port)" }
    package var requests: [Request] { core.state.withLockedValue { $0.requests } }
    /// How many connections there were, and how many are open.
    package var connections: Int { core.state.withLockedValue { $0.connections } }
    package var openConnections: Int { core.state.withLockedValue { $0.open.count } }

    /// Waits until `condition` holds, for at most ten seconds, on a thread of its own: the tests' threads are few.
    package func wait(until condition: @escaping @Sendable (ScriptedServer) -> Bool) async -> Bool {
        await withCheckedContinuation { continuation in
            Thread.detachNewThread {
                let end = DispatchTime.now() + 10
                var holds = condition(self)
                while !holds, self.core.changes.wait(timeout: end) == .success { holds = condition(self) }
                continuation.resume(returning: holds || condition(self))
            }
        }
    }

    /// Sends bytes that nobody asked for.
    package func push(_ text: String, on connection: Int) {
        if let socket = core.state.withLockedValue({ $0.open[connection] }) { ServerCore.send(text, on: socket) }
    }
}

/// What the server's threads share, and keep alive until the last of them ends.
private final class ServerCore: Sendable {
    struct State {
        var requests: [ScriptedServer.Request] = []
        var open: [Int: Int32] = [:]
        var connections = 0
        var isStopped = false
    }

    let state = NIOLockedValueBox(State())
    let changes = DispatchSemaphore(value: 0)
    private let listener: Int32
    private let respond: @Sendable (ScriptedServer.Request) -> ScriptedServer.Step

    init(listener: Int32, respond: @escaping @Sendable (ScriptedServer.Request) -> ScriptedServer.Step) {
        self.listener = listener
        self.respond = respond
    }

    deinit {
        close(listener)
    }

    func start(_ work: @escaping @Sendable () -> Void) {
        Thread.detachNewThread(work)
    }

    func stop() {
        state.withLockedValue { state in
            state.isStopped = true
            for socket in state.open.values { shutdown(socket, Int32(SHUT_RDWR)) }
        }
        shutdown(listener, Int32(SHUT_RDWR))
    }

    func acceptAll() {
        while true {
            let socket = accept(listener, nil, nil)
            guard socket >= 0 else { return }
            let connection = state.withLockedValue { state -> Int? in
                guard !state.isStopped else { return nil }
                state.connections += 1
                state.open[state.connections] = socket
                return state.connections
            }
            guard let connection else {
                close(socket)
                return
            }
            changes.signal()
            start { self.serve(connection, socket) }
        }
    }

    private func serve(_ connection: Int, _ socket: Int32) {
        while let head = readHead(socket), let body = readBody(after: head, socket) {
            let request = state.withLockedValue { state -> ScriptedServer.Request in
                let request = ScriptedServer.Request(
                    number: state.requests.count + 1,
                    connection: connection,
                    head: head,
                    body: body
                )
                state.requests.append(request)
                return request
            }
            changes.signal()
            guard perform(respond(request), on: socket) else { break }
        }
        // Forgotten first: a number that is closed may be another connection's at once.
        state.withLockedValue { $0.open[connection] = nil }
        close(socket)
        changes.signal()
    }

    /// Whether the connection goes on.
    private func perform(_ step: ScriptedServer.Step, on socket: Int32) -> Bool {
        switch step {
        case .answer(let text):
            Self.send(text, on: socket)
            return true
        case .answerThenClose(let text):
            Self.send(text, on: socket)
            return false
        case .answerThenReset(let text):
            Self.send(text, on: socket)
            var linger = linger(l_onoff: 1, l_linger: 0)
            setsockopt(socket, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout.size(ofValue: linger)))
            return false
        case .hang:
            var byte: UInt8 = 0
            while recv(socket, &byte, 1, 0) > 0 {}
            return false
        }
    }

    private func readHead(_ socket: Int32) -> String? {
        var head: [UInt8] = []
        var byte: UInt8 = 0
        while !head.suffix(4).elementsEqual("\r\n\r\n".utf8) {
            guard head.count < 65536, recv(socket, &byte, 1, 0) == 1 else { return nil }
            head.append(byte)
        }
        return String(decoding: head, as: UTF8.self)
    }

    private func readBody(after head: String, _ socket: Int32) -> String? {
        let field = head.split(separator: "\r\n").first { $0.lowercased().hasPrefix("content-length:") }
        let length = field.flatMap { Int($0.dropFirst(15).trimmingCharacters(in: .whitespaces)) } ?? 0
        guard (0...(1 << 20)).contains(length) else { return nil }
        var body: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 65536)
        while body.count < length {
            let count = recv(socket, &part, min(part.count, length - body.count), 0)
            guard count > 0 else { return nil }
            body += part.prefix(count)
        }
        return String(decoding: body, as: UTF8.self)
    }

    static func send(_ text: String, on socket: Int32) {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let sent = rest.withUnsafeBytes { Foundation.send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            guard sent > 0 else { return }
            rest = rest.dropFirst(sent)
        }
    }
}

/// An HTTP answer with its length.
package func http(_ body: String, status: Int = 200, contentType: String = "text/plain") -> String {
    "HTTP/1.1 \(status) X\r\ncontent-type: \(contentType)\r\ncontent-length: \(body.utf8.count)\r\n\r\n\(body)"
}

/// A port that is taken, but on which nobody listens, for as long as the value lives.
package final class DeafPort: Sendable {
    private let descriptor: Int32
    package let number: UInt16

    package init() throws {
        (descriptor, number) = try bindLoopback()
    }

    deinit {
        close(descriptor)
    }
}

private func bindLoopback() throws -> (Int32, UInt16) {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = in_addr_t(INADDR_LOOPBACK).bigEndian
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isBound = withUnsafeMutablePointer(to: &address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            bind(descriptor, $0, size) == 0 && getsockname(descriptor, $0, &size) == 0
        }
    }
    guard isBound else { throw ScriptedServer.NoSocket() }
    return (descriptor, UInt16(bigEndian: address.sin_port))
}
