/// Something that is wrong with the file, or worth knowing, and where.
package struct ConfigurationFault: Error, Sendable, Equatable {
    /// Whether the gateway can run with it.
    package enum Severity: Sendable {
        case fault, warning
    }

    /// Whether the gateway can run with it.
    package let severity: Severity
    /// The file's name as it was given.
    package let file: String
    /// From 1; nil where the file could not be read at all.
    package let line: Int?
    /// From 1, in bytes.
    package let column: Int?
    /// A JSON Pointer (RFC 6901) to the value, or to the key that is missing; empty for the whole file.
    package let pointer: String
    /// What is wrong. Never quotes a secret.
    package let message: String
    /// A correction, if one is known.
    package let hint: String?
}

extension ConfigurationFault: CustomStringConvertible {
    /// One line: `routes.json:12:17: /routes/2/service: no service named "ordres"; did you mean "orders"?`
    package var description: String {
        var text = file
        if let line, let column { text += ":\(line):\(column)" }
        text += ": "
        if severity == .warning { text += "warning: " }
        if !pointer.isEmpty { text += pointer + ": " }
        text += message
        if let hint { text += "; " + hint }
        return Printable.line(text)
    }
}

/// The result of reading a file.
package struct LoadResult: Sendable {
    /// The configuration; nil where there are faults.
    package let configuration: GatewayConfiguration?
    /// All faults of the file in its order.
    package let faults: [ConfigurationFault]
    /// Warnings, in the order of the file. The gateway runs in spite of them.
    package let warnings: [ConfigurationFault]
}

/// Text from the file, for messages.
enum Printable {
    /// In quotation marks, long text shortened.
    static func quoted(_ text: String) -> String {
        text.unicodeScalars.count <= 80
            ? "\"\(text)\"" : "\"\(String(String.UnicodeScalarView(text.unicodeScalars.prefix(77))))…\""
    }

    /// Without control, format and line-breaking characters, so that a fault stays one line and shows its real content.
    static func line(_ text: String) -> String {
        var line = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .unassigned:
                line.append(contentsOf: "\\u{\(String(scalar.value, radix: 16))}".unicodeScalars)
            default:
                line.append(scalar)
            }
        }
        return String(line)
    }
}
