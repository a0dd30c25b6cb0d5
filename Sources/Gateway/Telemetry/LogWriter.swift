import Glibc
import NIOCore

/// Why the thread of a log cannot be started: the system's error number.
package struct LogThreadFault: Error, Equatable, CustomStringConvertible {
    /// The error of `pthread_create`.
    package let errno: Int32

    /// For people.
    package var description: String { "a log's thread cannot be started (errno \(errno))" }
}

/// Writes whole lines on its own thread, so that callers never wait for a reader.
///
/// Lines wait in a bounded mailbox. Lines beyond the bound are dropped and counted, and a line reports their number
/// once writing succeeds again. A full disk is retried every second and after `reopen()`; any other write failure loses
/// the current lines. No failure stops the gateway.
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
    ///   - maximumBytes: the memory for queued lines.
    ///   - lostLine: makes the line, with its end, that reports dropped lines.
    ///   - report: receives each new fault, on the writer's thread.
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

    /// Lines dropped since the start, reported or not.
    package var dropped: Int { monitor.change { $0.mailbox.totalLost } }

    /// Queues whole lines, each with its end. Never blocks.
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

    /// Takes whole lines and leaves an empty batch to continue with.
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

    /// Writes all queued lines, then ends the thread. Blocks the caller.
    ///
    /// - Parameter milliseconds: the maximum duration: a pipe without a reader would block the process for ever.
    /// - Returns: whether the thread finished in time.
    @discardableResult
    package func stop(milliseconds: Int) -> Bool {
        monitor.change { $0.isStopping = true }
        return monitor.wait(milliseconds: milliseconds) { $0.hasEnded ? true : nil } ?? false
    }

    /// The size of the buffer for single lines. Writes of at most PIPE_BUF bytes to a pipe are atomic.
    private static let room = 4096
}

/// What `pthread_create` calls: runs the `LogThread` that it is given.
private func runLogThread(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let argument else { return nil }
    Unmanaged<LogThread>.fromOpaque(argument).takeRetainedValue().run()
    return nil
}
