import ArgumentParser
import Configuration

#if canImport(Glibc)
import Glibc
#endif

/// The `--config` option that most commands share.
struct ConfigurationFile: ParsableArguments {
    @Option(name: .long, help: "The configuration file.")
    var config = "routes.json"

    /// The checked configuration; warnings go to standard error, and faults end the command with status 1.
    ///
    /// - Parameter say: gets each warning and each fault, without a line end.
    func load(_ say: (String) -> Void = StandardError.write) throws -> GatewayConfiguration {
        let result = GatewayConfiguration.load(path: config)
        for finding in result.warnings + result.faults { say("\(finding)") }
        guard let configuration = result.configuration else { throw ExitCode(1) }
        return configuration
    }
}

/// Lines for people, beside the output proper, of commands that end by themselves. Waits for whoever reads them;
/// long-running commands have a `Console`.
enum StandardError {
    static func write(_ line: String) {
        // Nobody is left to be told where this fails.
        let bytes = Array((line + "\n").utf8)
        _ = bytes.withUnsafeBytes { Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }
}
