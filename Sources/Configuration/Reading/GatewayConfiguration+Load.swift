import JSON

extension GatewayConfiguration {
    /// The largest file that is read.
    static let largestText = 16 << 20

    /// Reads and validates a file.
    ///
    /// - Parameter path: also the file name in faults. Relative paths, here and in the file (key files, the store, the
    ///   access log), start at the working directory.
    /// - Returns: the configuration, or all faults in the order of the file.
    package static func load(path: String, environment: ConfigurationEnvironment = .live) -> LoadResult {
        switch environment.contents(path) {
        case .success(let bytes):
            return load(bytes: bytes, name: path, environment: environment)
        case .failure(let problem):
            let fault = ConfigurationFault(
                severity: .fault,
                file: path,
                line: nil,
                column: nil,
                pointer: "",
                message: "cannot be read: \(problem.reason)",
                hint: nil
            )
            return LoadResult(configuration: nil, faults: [fault], warnings: [])
        }
    }

    /// Reads and validates a text, as `load(path:environment:)` does.
    ///
    /// - Parameter name: the file name in faults.
    package static func load(
        bytes: [UInt8],
        name: String = "routes.json",
        environment: ConfigurationEnvironment = .live
    ) -> LoadResult {
        let json = JSONReader(duplicates: .reject, controlCharacters: .reject, maximumSize: largestText)
        let root: JSONNode
        do throws(JSONSyntaxError) {
            root = try json.read(bytes)
        } catch {
            let syntax = SyntaxFault(error, in: bytes)
            let location = JSONReader.location(of: syntax.offset, in: bytes)
            let fault = ConfigurationFault(
                severity: .fault,
                file: name,
                line: location.line,
                column: location.column,
                pointer: "",
                message: syntax.message,
                hint: syntax.hint
            )
            return LoadResult(configuration: nil, faults: [fault], warnings: [])
        }

        var reader = ConfigurationReader(environment: environment)
        let configuration = reader.section(root, at: Location(offset: root.offset, pointer: ""), keys: keys)
        var checks = CheckContext(configuration: configuration, root: root, reader: reader)
        checks.runAll()
        let found = located(checks.reader.findings, in: bytes, name: name)
        let faults = found.filter { $0.severity == .fault }
        return LoadResult(
            configuration: faults.isEmpty ? configuration : nil,
            faults: faults,
            warnings: found.filter { $0.severity == .warning }
        )
    }

    /// In the order of the file, with line and column; one pass over the text.
    private static func located(
        _ findings: [ConfigurationReader.Finding],
        in bytes: [UInt8],
        name: String
    ) -> [ConfigurationFault] {
        let sorted = findings.enumerated().sorted { ($0.element.offset, $0.offset) < ($1.element.offset, $1.offset) }
        var line = 1
        var lineStart = 0
        var position = 0
        return sorted.map { _, finding in
            while position < min(finding.offset, bytes.count) {
                if bytes[position] == UInt8(ascii: "\n") {
                    line += 1
                    lineStart = position + 1
                }
                position += 1
            }
            return ConfigurationFault(
                severity: finding.severity,
                file: name,
                line: line,
                column: position - lineStart + 1,
                pointer: finding.pointer,
                message: finding.message,
                hint: finding.hint
            )
        }
    }
}
