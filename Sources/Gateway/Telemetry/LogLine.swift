import Glibc
import Logging

/// A line of the operators' log, with its end: `2026-11-30T08:00:00+0000 info menshen: key=value [Gateway] message`.
enum LogLine {
    /// - Parameter metadata: written in the order of their names.
    static func text(
        level: Logger.Level,
        label: String,
        metadata: Logger.Metadata,
        source: String,
        message: String
    ) -> String {
        var line = "\(timestamp()) \(level) \(label):"
        for (name, value) in metadata.sorted(by: { $0.key < $1.key }) { line += " \(name)=\(value)" }
        line += " [\(source)] \(message)"
        return escaped(line) + "\n"
    }

    /// The line with the number of dropped lines.
    static func dropped(_ count: Int) -> String {
        text(
            level: .warning,
            label: "menshen",
            metadata: ["lines": "\(count)"],
            source: "Gateway",
            message: "lines were dropped: the log's reader did not keep up"
        )
    }

    /// Keeps a line on one line, whatever bytes it contains, and free of terminal control sequences.
    static func escaped(_ line: String) -> String {
        guard line.unicodeScalars.contains(where: isControl) else { return line }
        var plain = ""
        for scalar in line.unicodeScalars {
            if isControl(scalar) {
                plain += "\\u{\(String(scalar.value, radix: 16))}"
            } else {
                plain.unicodeScalars.append(scalar)
            }
        }
        return plain
    }

    /// C0, DEL, C1, and the separators of lines and paragraphs.
    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value) || scalar.value == 0x2028 || scalar.value == 0x2029
    }

    /// The local time with its offset.
    private static func timestamp() -> String {
        var now = time(nil)
        var local = tm()
        guard localtime_r(&now, &local) != nil else { return "-" }
        return withUnsafeTemporaryAllocation(of: CChar.self, capacity: 64) { room in
            guard let start = room.baseAddress, strftime(start, room.count, "%Y-%m-%dT%H:%M:%S%z", &local) > 0 else {
                return "-"
            }
            return String(cString: start)
        }
    }
}
