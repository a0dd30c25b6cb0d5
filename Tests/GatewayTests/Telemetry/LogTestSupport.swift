import Glibc
import NIOConcurrencyHelpers
import Testing

/// A pipe whose ends are closed with it.
final class Pipe: Sendable {
    let output: Int32
    let input: Int32

    init() throws {
        var ends: [Int32] = [-1, -1]
        try #require(pipe(&ends) == 0)
        (output, input) = (ends[0], ends[1])
    }

    /// Writes until it takes no more; a write that waits for a reader then waits.
    func fill() throws {
        let flags = fcntl(input, F_GETFL)
        try #require(fcntl(input, F_SETFL, flags | O_NONBLOCK) == 0)
        for size in [4096, 1] {
            let bytes = [UInt8](repeating: UInt8(ascii: "\n"), count: size)
            while Glibc.write(input, bytes, size) > 0 {}
        }
        try #require(fcntl(input, F_SETFL, flags) == 0)
    }

    /// Reads to the end on a thread of its own while `body` runs, which is when writers see a reader. Closes the input behind
    /// the body.
    ///
    /// - Parameter size: how much is read at a time, in bytes.
    func readAll(_ size: Int = 65536, while body: () throws -> Void) throws -> String {
        let text = NIOLockedValueBox("")
        let output = output
        try withThreads(1) { _ in
            let all = GatewayTests.readAll(output, size)
            text.withLockedValue { $0 = all }
        } meanwhile: {
            defer { closeInput() }
            try body()
        }
        return text.withLockedValue { $0 }
    }

    func closeInput() { close(input) }
    func closeOutput() { close(output) }
}

/// Reads to the end, or to where nothing more waits on a descriptor that does not block.
func readAll(_ descriptor: Int32, _ size: Int = 65536) -> String {
    var all: [UInt8] = []
    var room = [UInt8](repeating: 0, count: size)
    while true {
        let count = read(descriptor, &room, room.count)
        guard count > 0 else { break }
        all.append(contentsOf: room[..<count])
    }
    return String(decoding: all, as: UTF8.self)
}

/// Runs a body on several threads and another on this one; returns when all are through.
func withThreads(
    _ count: Int,
    _ body: @escaping @Sendable (Int) -> Void,
    meanwhile: () throws -> Void
) throws {
    let threads = try (0..<count).map { index in try BlockingThread { body(index) } }
    let result = Result { try meanwhile() }
    for thread in threads { thread.join() }
    try result.get()
}
