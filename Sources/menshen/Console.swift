import ArgumentParser
import Gateway
import Logging
import Synchronization

#if canImport(Glibc)
import Glibc
#endif

/// The output of a long-running command, on standard error and standard output: through separate threads, so that
/// nothing in the process waits for a reader, and a hanging reader delays neither requests nor the end.
final class Console: Sendable {
    /// How long the end waits for lines that are still to be written, in milliseconds.
    private static let patience = 1000

    /// Standard error: the operators' log, and words for people.
    let errors: LogWriter
    let logger: Logger
    /// Standard output, from its first line on: most commands leave it to the access log.
    private let output = Mutex<LogWriter?>(nil)

    private init() throws {
        let errors = try LogWriter(descriptor: STDERR_FILENO)
        self.errors = errors
        // A library with its own logger must not bypass the thread.
        LoggingSystem.bootstrap { QueuedLogHandler(label: $0, writer: errors) }
        logger = Logger(label: "menshen")
    }

    /// Writes a result to standard output.
    func result(_ lines: String) throws {
        let writer = try output.withLock { output in
            let writer = try output ?? LogWriter(descriptor: STDOUT_FILENO)
            output = writer
            return writer
        }
        writer.write(lines)
    }

    /// Runs the body of a command, once per process. A thrown error is the last line on standard error.
    static func run(_ body: (Console) async throws -> Void) async throws {
        // A closed output must not end the process.
        signal(SIGPIPE, SIG_IGN)
        let console = try Console()
        do {
            try await body(console)
        } catch {
            // ArgumentParser would write this itself, and block on a slow reader.
            let message = Menshen.fullMessage(for: error)
            if !message.isEmpty { console.errors.write(message + "\n") }
            console.end()
            throw Menshen.exitCode(for: error)
        }
        console.end()
    }

    /// Writes the queued lines, within a bounded time.
    private func end() {
        output.withLock { $0 }?.stop(milliseconds: Console.patience)
        errors.stop(milliseconds: Console.patience)
    }
}
