import ArgumentParser
import Configuration

/// `menshen check`: exit 0, or 1 with one line per fault.
struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Validate routes.json. Prints all faults, each with line, column and a correction."
    )

    @OptionGroup var file: ConfigurationFile

    func run() throws {
        let configuration = try file.load()
        print(
            "\(file.config): \(configuration.routes.count) routes, \(configuration.services.count) services: no faults"
        )
    }
}

/// `menshen schema`.
struct Schema: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Print the JSON Schema of routes.json.")

    func run() {
        print(GatewayConfiguration.schema(), terminator: "")
    }
}
