#if canImport(Glibc)
import Glibc
#endif

/// Reads a file line by line, however large it is.
struct LineReader: ~Copyable {
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    private let descriptor: Int32
    private let longestLine: Int
    private var buffer: [UInt8] = []
    private var position = 0
    private var isAtEnd = false

    init(path: String, longestLine: Int) throws(Failure) {
        descriptor = open(path, O_RDONLY | O_CLOEXEC)
        self.longestLine = longestLine
        guard descriptor >= 0 else { throw Failure(description: String(cString: strerror(errno))) }
    }

    deinit {
        close(descriptor)
    }

    /// The next line without its end, cut off a little beyond the longest; nil at the end of the file.
    mutating func next() throws(Failure) -> [UInt8]? {
        var line: [UInt8] = []
        while true {
            let end = buffer[position...].firstIndex(of: UInt8(ascii: "\n"))
            let room = max(0, longestLine + 1 - line.count)
            line += buffer[position..<(end ?? buffer.count)].prefix(room)
            position = end.map { $0 + 1 } ?? buffer.count
            if end != nil { return line }
            guard !isAtEnd else { return line.isEmpty ? nil : line }
            try fill()
        }
    }

    private mutating func fill() throws(Failure) {
        var part = [UInt8](repeating: 0, count: 1 << 16)
        let file = descriptor
        var count = -1
        repeat {
            count = part.withUnsafeMutableBytes { read(file, $0.baseAddress, $0.count) }
        } while count < 0 && errno == EINTR
        guard count >= 0 else { throw Failure(description: String(cString: strerror(errno))) }
        part.removeLast(part.count - count)
        buffer = part
        position = 0
        isAtEnd = count == 0
    }
}
