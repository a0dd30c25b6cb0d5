import ArgumentParser
import Configuration

#if canImport(Glibc)
import Glibc
#endif

/// The `--config` option that most commands share.
struct ConfigurationFile: ParsableArguments {
    @Option(name: .long, help: "The configuration file.")
    var config = "routes.json"

    /// Loads and validates the configuration. Warnings go to standard error; faults end the command with status 1.
    ///
    /// - Parameter say: receives each warning and each fault, without a line end.
    func load(_ say: (String) -> Void = StandardError.write) throws -> GatewayConfiguration {
        let result = GatewayConfiguration.load(path: config)
        for finding in result.warnings + result.faults { say("\(finding)") }
        guard let configuration = result.configuration else { throw ExitCode(1) }
        return configuration
    }
}

/// Messages of short commands, on standard error beside the results on standard output. Blocks while the reader is
/// slow; long-running commands use a `Console`.
enum StandardError {
    static func write(_ line: String) {
        // A failure cannot be reported anywhere.
        let bytes = Array((line + "\n").utf8)
        _ = bytes.withUnsafeBytes { Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }
}
