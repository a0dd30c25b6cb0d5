package import Configuration
import Glibc

/// Writes the access log on a thread of its own, so that no event loop waits for a disk or a pipe.
///
/// Workers hand over buffers of whole lines (`AccessLogBuffer`). What cannot be written waits, up to a bound; what does
/// not fit is lost, and the log says so with `{"type":"lost","lines":n}`. A full disk is tried again every second and
/// after `reopen()`; any other failure of a write loses the lines in hand. Nothing of this stops the gateway.
package final class AccessLogWriter: Sendable {
    private let monitor: Monitor<LogThread.State>

    /// Opens the log and starts its thread; nil where the configuration wants none.
    ///
    /// - Parameter report: told of a fault when it begins, on the writer's thread.
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
        monitor = Monitor(LogThread.State(mailbox: LogMailbox(maximumBytes: maximumBytes)))
        let start = Unmanaged.passRetained(LogThread(file: file, monitor: monitor, report: report))
        var thread = pthread_t()
        let error = pthread_create(&thread, nil, runLogThread, start.toOpaque())
        guard error == 0 else {
            start.release()
            throw .cannotOpen(errno: error)
        }
        pthread_detach(thread)
    }

    deinit {
        monitor.change { $0.isStopping = true }
    }

    /// Takes whole lines over and leaves an empty batch to go on with.
    func post(_ batch: inout LogBatch) {
        monitor.change { state in
            if state.hasEnded { batch.clear() } else { state.mailbox.post(&batch) }
        }
    }

    /// Opens the file anew (SIGUSR1), for one that was moved away. No line is lost or torn by that.
    package func reopen() {
        monitor.change { $0.wantsReopen = true }
    }

    /// Writes what has been handed over, then ends the thread. Blocks the caller.
    ///
    /// - Parameter milliseconds: how long at most: a pipe that nobody reads would hold the process for ever.
    /// - Returns: whether the thread was through with everything in time.
    @discardableResult
    package func stop(milliseconds: Int = 5000) -> Bool {
        monitor.change { $0.isStopping = true }
        return monitor.wait(milliseconds: milliseconds) { $0.hasEnded ? true : nil } ?? false
    }
}

/// What `pthread_create` calls: runs the `LogThread` that it is given.
private func runLogThread(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let argument else { return nil }
    Unmanaged<LogThread>.fromOpaque(argument).takeRetainedValue().run()
    return nil
}
