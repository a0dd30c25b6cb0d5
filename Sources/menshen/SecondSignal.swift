@preconcurrency import Dispatch
import Synchronization

#if canImport(Glibc)
import Glibc
#endif

/// Ends the process at once at the second request to end.
///
/// It uses its own queue, since the shared threads of tasks may be blocked; and it skips the C library's exit handlers,
/// which could wait for them.
enum SecondSignal {
    private static let seen = Atomic(0)

    /// Watches until the process ends. Once in a process.
    static func watch() {
        let queue = DispatchQueue(label: "menshen.second-signal")
        for number in [SIGTERM, SIGINT] {
            let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
            // The handler retains its source, so that it is never released.
            source.setEventHandler {
                // Two that came at once are one event with a count.
                let count = max(1, Int(clamping: source.data))
                if seen.add(count, ordering: .relaxed).newValue >= 2 { _exit(1) }
            }
            source.resume()
        }
    }
}
