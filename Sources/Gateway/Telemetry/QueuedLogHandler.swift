package import Logging

/// The operators' log behind swift-log: formats a line and passes it to a ``LogWriter``, without waiting for its
/// reader.
package struct QueuedLogHandler: LogHandler {
    /// Metadata of every line of this handler.
    package var metadata: Logger.Metadata = [:]
    /// Adds metadata of the current context; nil: none.
    package var metadataProvider: Logger.MetadataProvider?
    /// Lines below this level are not written.
    package var logLevel = Logger.Level.info
    private let label: String
    private let writer: LogWriter

    /// - Parameter label: part of each line.
    package init(label: String, writer: LogWriter) {
        self.label = label
        self.writer = writer
    }

    /// One value of ``metadata``.
    package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    /// Formats the event and queues the line. Never blocks; drops the line if the queue is full.
    package func log(event: LogEvent) {
        var all = metadata
        all.merge(metadataProvider?.get() ?? [:]) { $1 }
        all.merge(event.metadata ?? [:]) { $1 }
        if let error = event.error { all["error"] = "\(error)" }
        writer.write(
            LogLine.text(
                level: event.level,
                label: label,
                metadata: all,
                source: event.source,
                message: "\(event.message)"
            )
        )
    }
}
