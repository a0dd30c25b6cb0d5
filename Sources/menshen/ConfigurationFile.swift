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
    func load() throws -> GatewayConfiguration {
        let result = GatewayConfiguration.load(path: config)
        for finding in result.warnings + result.faults {
            StandardError.write("\(finding)")
        }
        guard let configuration = result.configuration else { throw ExitCode(1) }
        return configuration
    }
}

/// Lines for people, beside the output proper.
enum StandardError {
    static func write(_ line: String) {
        // Nobody is left to be told where this fails.
        let bytes = Array((line + "\n").utf8)
        _ = bytes.withUnsafeBytes { Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }
}
