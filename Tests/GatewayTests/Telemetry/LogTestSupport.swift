import Glibc
import Testing

/// A folder of its own for one test, removed with what is in it.
final class LogFolder: Sendable {
    private let root: String

    init() throws {
        var template = Array("/tmp/menshen-log-XXXXXX".utf8CString)
        let made = template.withUnsafeMutableBufferPointer { room in
            mkdtemp(room.baseAddress.unsafelyUnwrapped).map { String(cString: $0) }
        }
        root = try #require(made)
    }

    deinit { Self.remove(root) }

    func path(_ name: String) -> String { "\(root)/\(name)" }

    func makeFolder(_ name: String) throws {
        try #require(mkdir(path(name), 0o700) == 0)
    }

    func names() -> [String] { Self.names(root) }

    func read(_ name: String) -> String {
        let descriptor = open(path(name), O_RDONLY)
        guard descriptor >= 0 else { return "" }
        defer { close(descriptor) }
        return readAll(descriptor)
    }

    func write(_ text: String, to name: String) throws {
        let descriptor = open(path(name), O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        try #require(descriptor >= 0)
        defer { close(descriptor) }
        try #require(Glibc.write(descriptor, text, text.utf8.count) == text.utf8.count)
    }

    private static func names(_ path: String) -> [String] {
        guard let folder = opendir(path) else { return [] }
        defer { closedir(folder) }
        var names: [String] = []
        while let entry = readdir(folder) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }

    private static func remove(_ path: String) {
        for name in names(path) { remove("\(path)/\(name)") }
        Glibc.remove(path)
    }
}

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
