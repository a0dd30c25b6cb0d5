import Glibc
import NIOCore

/// Why the access log cannot be written. Carries the system's error number and no path.
package enum AccessLogFault: Error, Equatable, CustomStringConvertible {
    case cannotOpen(errno: Int32)
    /// The disk is full; lines wait in memory until they are too many.
    case full(errno: Int32)
    /// Lines are being lost.
    case cannotWrite(errno: Int32)

    /// For people.
    package var description: String {
        switch self {
        case .cannotOpen(let number): "the access log cannot be opened: \(Self.text(number))"
        case .full(let number): "the access log has no space left, lines are queued: \(Self.text(number))"
        case .cannotWrite(let number): "the access log cannot be written, lines are lost: \(Self.text(number))"
        }
    }

    private static func text(_ number: Int32) -> String {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: 256) { room in
            guard let start = room.baseAddress, strerror_r(number, start, room.count) == 0 else { return "" }
            return String(cString: start)
        }
    }
}

/// The descriptor that the lines go to. Belongs to the writer's thread.
struct LogFile: ~Copyable {
    /// The result of a write.
    enum Outcome: Equatable {
        case wrote(Int)
        /// There may be room later.
        case full(errno: Int32)
        case broken(errno: Int32)
    }

    private var descriptor: Int32
    /// nil: a descriptor owned by the caller, never closed or reopened.
    private let path: String?

    /// Appends to a file, which is created with mode 640 where it is not there.
    init(path: String) throws(AccessLogFault) {
        descriptor = try Self.open(path)
        self.path = path
    }

    /// Writes to an open descriptor, which stays the caller's.
    init(descriptor: Int32) {
        self.descriptor = descriptor
        path = nil
    }

    deinit {
        if path != nil { close(descriptor) }
    }

    /// Opens the path again, for a file that was moved away; the old one stays in use where that fails.
    ///
    /// - Returns: whether lines go to another file from now on.
    mutating func reopen() throws(AccessLogFault) -> Bool {
        guard let path else { return false }
        let next = try Self.open(path)
        close(descriptor)
        descriptor = next
        return true
    }

    /// One attempt; waits where the descriptor is one that blocks.
    func write(_ bytes: RawSpan) -> Outcome {
        while true {
            let count = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count >= 0 { return .wrote(count) }
            switch errno {
            case EINTR: continue
            case EAGAIN:
                // Standard output shares its flags with other processes, which may have made it non-blocking.
                var poll = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                Glibc.poll(&poll, 1, 1000)
            case ENOSPC, EDQUOT: return .full(errno: errno)
            default: return .broken(errno: errno)
            }
        }
    }

    private static func open(_ path: String) throws(AccessLogFault) -> Int32 {
        // One write of whole lines at the file's end: several processes may share it.
        let descriptor = Glibc.open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o640)
        guard descriptor >= 0 else { throw .cannotOpen(errno: errno) }
        return descriptor
    }
}
