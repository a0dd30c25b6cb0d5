import Glibc
import NIOCore

/// The thread of a log: everything here but the monitor is its own.
final class LogThread {
    /// The state shared with the writers of lines.
    struct State: Sendable {
        var mailbox: LogMailbox
        var wantsReopen = false
        var isStopping = false
        var hasEnded = false
    }

    private enum Work: Sendable {
        case reopen
        case write(LogBatch)
        case reportLost(Int)
        case end
    }

    /// The interval between retries on a full disk, in milliseconds.
    private static let retryInterval = 1000

    private var file: LogFile
    private let monitor: Monitor<State>
    private let lostLine: @Sendable (Int) -> String
    private let report: @Sendable (AccessLogFault) -> Void

    /// The last write failed: lost lines are reported once a write succeeds.
    private var isBroken = false
    /// The file ends within a line.
    private var isTorn = false
    private var lastFault: AccessLogFault?

    /// - Parameters:
    ///   - lostLine: makes the line, with its end, that reports dropped lines.
    ///   - report: receives each new fault.
    init(
        file: consuming LogFile,
        monitor: Monitor<State>,
        lostLine: @escaping @Sendable (Int) -> String,
        report: @escaping @Sendable (AccessLogFault) -> Void
    ) {
        self.file = file
        self.monitor = monitor
        self.lostLine = lostLine
        self.report = report
    }

    func run() {
        // Signals are for the threads that wait for them, and a pipe without a reader is EPIPE here, not SIGPIPE.
        var all = sigset_t()
        sigfillset(&all)
        pthread_sigmask(SIG_SETMASK, &all, nil)
        while perform(nextWork()) {}
    }

    private func nextWork() -> Work {
        let isBroken = isBroken
        return monitor.wait { state -> Work? in
            if state.wantsReopen {
                state.wantsReopen = false
                return .reopen
            }
            if !isBroken {
                let lost = state.mailbox.takeLost()
                if lost > 0 { return .reportLost(lost) }
            }
            if let batch = state.mailbox.next() { return .write(batch) }
            return state.isStopping ? .end : nil
        } ?? .end
    }

    /// Returns whether there is more to come.
    private func perform(_ work: consuming Work) -> Bool {
        switch consume work {
        case .reopen:
            _ = reopen()
        case .write(var batch):
            // Ends a line that a failed write left incomplete, so that it does not damage the next one.
            if isTorn { _ = write(LogBatch(lines: ByteBuffer(string: "\n"), count: 0)) }
            let lost = write(batch)
            batch.clear()
            monitor.change { state in
                state.mailbox.countLost(lost)
                state.mailbox.giveBack(batch.lines)
            }
        case .reportLost(let count):
            let line = LogBatch(lines: ByteBuffer(string: lostLine(count)), count: 1)
            if write(line) > 0 { monitor.change { $0.mailbox.putBackLost(count) } }
        case .end:
            // Lines posted since the last look are written first; those posted after the mark are counted as lost.
            return monitor.change { state in
                state.hasEnded = state.mailbox.isEmpty
                return !state.hasEnded
            }
        }
        return true
    }

    /// Writes a batch however often it takes; gives the number of lines lost.
    private func write(_ batch: LogBatch) -> Int {
        var transfer = LogTransfer(batch)
        while true {
            let outcome = file.write(transfer.remaining.readableBytesSpan)
            switch transfer.attempted(outcome) {
            case .write:
                continue
            case .wait:
                note(outcome)
                guard waitForRoom(&transfer) else { return giveUp(transfer) }
            case .done:
                isBroken = false
                isTorn = false
                lastFault = nil
                return 0
            case .failed:
                note(outcome)
                return giveUp(transfer)
            }
        }
    }

    /// Returns false where the log ends before there is room.
    private func waitForRoom(_ transfer: inout LogTransfer) -> Bool {
        let wantsReopen = monitor.wait(milliseconds: Self.retryInterval) { state -> Bool? in
            if state.wantsReopen {
                state.wantsReopen = false
                return true
            }
            return state.isStopping ? false : nil
        }
        if wantsReopen == true, reopen() { transfer.restartLine() }
        return wantsReopen != false
    }

    private func giveUp(_ transfer: LogTransfer) -> Int {
        isBroken = true
        isTorn = isTorn || transfer.isTorn
        return transfer.unwrittenLines
    }

    private func reopen() -> Bool {
        do throws(AccessLogFault) {
            guard try file.reopen() else { return false }
        } catch {
            note(error)
            return false
        }
        isBroken = false
        isTorn = false
        lastFault = nil
        return true
    }

    private func note(_ outcome: LogFile.Outcome) {
        switch outcome {
        case .wrote: break
        case .full(let number): note(AccessLogFault.full(errno: number))
        case .broken(let number): note(AccessLogFault.cannotWrite(errno: number))
        }
    }

    private func note(_ fault: AccessLogFault) {
        guard fault != lastFault else { return }
        lastFault = fault
        report(fault)
    }
}
