import Glibc
import NIOCore

/// Why the thread of a log cannot be started: the system's error number.
package struct LogThreadFault: Error, Equatable, CustomStringConvertible {
    /// The error of `pthread_create`.
    package let errno: Int32

    /// For people.
    package var description: String { "a log's thread cannot be started (errno \(errno))" }
}

/// Writes whole lines on a thread of its own, so that nobody who has something to say waits for whoever reads it.
///
/// Lines wait in a bounded mailbox. What does not fit is dropped and counted, and a line says how many were dropped as
/// soon as one can be written again. A full disk is tried again every second and after `reopen()`; any other failure of a
/// write loses the lines in hand. Nothing of this stops the gateway.
package final class LogWriter: Sendable {
    private let monitor: Monitor<LogThread.State>

    /// Writes to an open descriptor, which stays the caller's: standard error or standard output.
    ///
    /// - Parameter maximumBytes: the memory that lines may wait in.
    package convenience init(descriptor: Int32, maximumBytes: Int = 1 << 20) throws(LogThreadFault) {
        try self.init(
            LogFile(descriptor: descriptor),
            maximumBytes: maximumBytes,
            lostLine: { LogLine.dropped($0) }
        )
    }

    /// - Parameters:
    ///   - maximumBytes: the memory that lines may wait in.
    ///   - lostLine: the line, with its end, that tells how many lines were dropped.
    ///   - report: told of a fault when it begins, on the writer's thread.
    init(
        _ file: consuming LogFile,
        maximumBytes: Int,
        lostLine: @escaping @Sendable (Int) -> String,
        report: @escaping @Sendable (AccessLogFault) -> Void = { _ in }
    ) throws(LogThreadFault) {
        monitor = Monitor(LogThread.State(mailbox: LogMailbox(maximumBytes: maximumBytes)))
        let start = Unmanaged.passRetained(
            LogThread(file: file, monitor: monitor, lostLine: lostLine, report: report)
        )
        var thread = pthread_t()
        let error = pthread_create(&thread, nil, runLogThread, start.toOpaque())
        guard error == 0 else {
            start.release()
            throw LogThreadFault(errno: error)
        }
        pthread_detach(thread)
    }

    deinit {
        monitor.change { $0.isStopping = true }
    }

    /// Lines dropped since the start, told already or not.
    package var dropped: Int { monitor.change { $0.mailbox.totalLost } }

    /// Takes whole lines over, each with its end. Never waits for whoever reads them.
    package func write(_ lines: String) {
        var lines = lines
        let (count, buffer) = lines.withUTF8 { bytes in
            // Room for those that come before this is written: many lines in small buffers would soon be too many.
            var buffer = ByteBuffer()
            buffer.reserveCapacity(max(bytes.count, LogWriter.room))
            buffer.writeBytes(bytes)
            return (bytes.count { $0 == UInt8(ascii: "\n") }, buffer)
        }
        var batch = LogBatch(lines: buffer, count: count)
        post(&batch)
    }

    /// Takes whole lines over and leaves an empty batch to go on with.
    func post(_ batch: inout LogBatch) {
        monitor.change { state in
            if state.hasEnded {
                state.mailbox.countLost(batch.count)
                batch.clear()
            } else {
                state.mailbox.post(&batch)
            }
        }
    }

    /// Opens the file anew, for one that was moved away. No line is lost or torn by that.
    package func reopen() {
        monitor.change { $0.wantsReopen = true }
    }

    /// Writes what has been handed over, then ends the thread. Blocks the caller.
    ///
    /// - Parameter milliseconds: how long at most: a pipe that nobody reads would hold the process for ever.
    /// - Returns: whether the thread was through with everything in time.
    @discardableResult
    package func stop(milliseconds: Int) -> Bool {
        monitor.change { $0.isStopping = true }
        return monitor.wait(milliseconds: milliseconds) { $0.hasEnded ? true : nil } ?? false
    }

    /// Bytes of a buffer that single lines wait in. What is no longer than PIPE_BUF reaches a pipe in one piece.
    private static let room = 4096
}

/// What `pthread_create` calls: runs the `LogThread` that it is given.
private func runLogThread(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let argument else { return nil }
    Unmanaged<LogThread>.fromOpaque(argument).takeRetainedValue().run()
    return nil
}
