import Logging

/// What a gateway says to its operators, line by line with all metadata.
final class RecordedLog: Sendable {
    private let recorded = Watched<[String]>([])

    var lines: [String] { recorded.withLock { $0 } }

    /// Waits for a line that a thread of its own writes.
    func wait(for text: String) throws {
        try recorded.wait(for: "a line with \(text)") { $0.contains { $0.contains(text) } }
    }

    struct Handler: LogHandler {
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.trace
        private let log: RecordedLog

        init(_ log: RecordedLog) { self.log = log }

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let all = metadata.merging(event.metadata ?? [:]) { $1 }
            let line = "\(event.level) \(event.message) \(all.sorted { $0.key < $1.key })"
            log.recorded.withLock { $0.append(line) }
        }
    }
}
