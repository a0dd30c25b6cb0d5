package import Configuration
import Glibc

/// Writes the access log on its own thread, so that no event loop waits for a disk or a pipe (``LogWriter``).
///
/// Workers hand over batches of whole lines (`AccessLogBuffer`). The log reports the number of lost lines with
/// `{"type":"lost","lines":n}`.
package final class AccessLogWriter: Sendable {
    private let writer: LogWriter

    /// Opens the log and starts its thread; nil if the log is off.
    ///
    /// - Parameter report: receives each new fault, on the writer's thread.
    /// - Throws: `.cannotOpen`.
    package convenience init?(
        _ destination: AccessLogDestination,
        report: @escaping @Sendable (AccessLogFault) -> Void = { _ in }
    ) throws(AccessLogFault) {
        let file: LogFile
        switch destination {
        case .off: return nil
        case .standardOutput: file = LogFile(descriptor: STDOUT_FILENO)
        case .file(let path): file = try LogFile(path: path)
        }
        try self.init(file, report: report)
    }

    /// - Parameter maximumBytes: the memory that lines may wait in.
    init(
        _ file: consuming LogFile,
        maximumBytes: Int = 8 << 20,
        report: @escaping @Sendable (AccessLogFault) -> Void = { _ in }
    ) throws(AccessLogFault) {
        do throws(LogThreadFault) {
            writer = try LogWriter(
                file,
                maximumBytes: maximumBytes,
                lostLine: { "{\"type\":\"lost\",\"lines\":\($0)}\n" },
                report: report
            )
        } catch {
            throw .cannotOpen(errno: error.errno)
        }
    }

    /// Lines dropped since the start.
    package var dropped: Int { writer.dropped }

    /// Takes whole lines and leaves an empty batch to continue with.
    func post(_ batch: inout LogBatch) { writer.post(&batch) }

    /// Opens the file anew (SIGUSR1), for one that was moved away. No line is lost or torn by that.
    package func reopen() { writer.reopen() }

    /// Writes all lines that were handed over, then ends the thread. Blocks the caller.
    ///
    /// - Parameter milliseconds: the maximum duration: a pipe without a reader would block the process for ever.
    /// - Returns: whether the thread finished in time.
    @discardableResult
    package func stop(milliseconds: Int = 5000) -> Bool { writer.stop(milliseconds: milliseconds) }
}
