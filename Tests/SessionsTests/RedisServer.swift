import Foundation
import NIOConcurrencyHelpers
import Sessions

/// Debian's redis-server on a socket in a folder of its own, writing everything to disk before it answers.
final class RedisServer: Sendable {
    enum Failure: Error {
        /// `Scripts/install-dependencies test` installs it.
        case notInstalled
        case notReady
    }

    let socket: String
    private let folder = NIOLockedValueBox<TemporaryFolder?>(nil)
    private let home: TemporaryFolder
    private let process = NIOLockedValueBox<pid_t?>(nil)
    private let arguments: [String]

    init(_ arguments: [String] = []) async throws {
        home = try TemporaryFolder()
        socket = home.path + "/redis.sock"
        self.arguments = arguments
        folder.withLockedValue { $0 = home }
        try await start()
    }

    deinit {
        kill()
    }

    var address: RedisAddress { RedisAddress(endpoint: .unix(path: socket)) }

    /// Ends it as a crash would.
    func kill() {
        let running = process.withLockedValue { process in
            defer { process = nil }
            return process
        }
        guard let running else { return }
        Foundation.kill(running, SIGKILL)
        var status: Int32 = 0
        while waitpid(running, &status, 0) < 0, errno == EINTR {}
        unlink(socket)
    }

    /// - Parameter empty: with none of the data it had.
    func start(empty: Bool = false) async throws {
        if empty { folder.withLockedValue { $0 = nil } }
        let data = try folder.withLockedValue { folder in
            let data = try folder ?? TemporaryFolder()
            folder = data
            return data
        }
        let arguments =
            [
                "/usr/bin/redis-server", "--port", "0", "--unixsocket", socket, "--unixsocketperm", "700",
                "--dir", data.path, "--appendonly", "yes", "--appendfsync", "always", "--save", "",
                "--logfile", data.path + "/redis.log",
            ] + arguments
        var words = arguments.map { strdup($0) } + [nil]
        defer { for word in words { free(word) } }
        var child: pid_t = 0
        guard posix_spawn(&child, "/usr/bin/redis-server", nil, nil, &words, environ) == 0 else {
            throw Failure.notInstalled
        }
        process.withLockedValue { [child] in $0 = child }
        let deadline = ContinuousClock.now + .seconds(10)
        while try !["+PONG", "-NOAUTH Authentication required."].contains(ask("PING")) {
            guard ContinuousClock.now < deadline else { throw Failure.notReady }
            try await Task.sleep(for: .milliseconds(5))
        }
    }

    /// Stops it in its tracks, or lets it go on: it holds its connections and answers nothing.
    func setPaused(_ isPaused: Bool) {
        guard let running = process.withLockedValue(\.self) else { return }
        Foundation.kill(running, isPaused ? SIGSTOP : SIGCONT)
    }

    /// A command's answer up to 64 KiB, over a connection of its own; nil where the server is not there.
    func ask(_ words: String...) throws -> String? {
        let descriptor = Foundation.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { path in
            for (index, byte) in socket.utf8.prefix(path.count - 1).enumerated() { path[index] = byte }
        }
        let isConnected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0
            }
        }
        guard isConnected else { return nil }
        var text = "*\(words.count)\r\n"
        for word in words { text += "$\(word.utf8.count)\r\n\(word)\r\n" }
        let bytes = Array(text.utf8)
        guard send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count else { return nil }
        var buffer = [UInt8](repeating: 0, count: 65_536)
        let count = recv(descriptor, &buffer, buffer.count, 0)
        guard count > 0 else { return nil }
        return String(decoding: buffer.prefix(count), as: UTF8.self).trimmingCharacters(in: .newlines)
    }
}

/// Waits until something holds, ten seconds at most.
func eventually(_ condition: () async throws -> Bool) async rethrows -> Bool {
    let deadline = ContinuousClock.now + .seconds(10)
    while ContinuousClock.now < deadline {
        if try await condition() { return true }
        try? await Task.sleep(for: .milliseconds(5))
    }
    return false
}
