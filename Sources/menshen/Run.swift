import ArgumentParser
import Configuration
import Gateway
import Logging
import ServiceLifecycle
import UnixSignals

/// `menshen run`.
struct Run: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract:
            "Run the gateway. SIGTERM drains and stops it, a second SIGTERM stops it at once; SIGUSR1 reopens the access log."
    )

    @OptionGroup var file: ConfigurationFile

    func run() async throws {
        try await Console.run { console in
            let configuration = try file.load { console.errors.write($0 + "\n") }
            try await GatewayProcess.run([GatewayService(configuration: configuration, console: console)], console)
        }
    }
}

/// What every long-running command shares: signals, and an end.
enum GatewayProcess {
    /// Runs until a signal or until one of the services ends; in order, ended in reverse.
    static func run(_ services: [any Service], _ console: Console) async throws {
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: (services + [SecondSignalWatch()]).map {
                    .init(service: $0, successTerminationBehavior: .gracefullyShutdownGroup)
                },
                gracefulShutdownSignals: [.sigterm, .sigint],
                logger: console.logger
            )
        )
        try await group.run()
    }
}

/// Counts signals from when the group takes them: before that each of them ends the process, as it does by default.
private struct SecondSignalWatch: Service {
    func run() async throws {
        SecondSignal.watch()
        try await gracefulShutdown()
    }
}

/// The gateway as a service of the process.
struct GatewayService: Service {
    let configuration: GatewayConfiguration
    let console: Console
    /// Runs once requests are served.
    var started: @Sendable (Gateway) -> Void = { _ in }

    func run() async throws {
        // Before the log is opened, so that no rotation is missed from then on.
        let rotations = await UnixSignalsSequence(trapping: .sigusr1)
        let gateway = try await Gateway.start(
            configuration,
            logger: console.logger,
            operatorsLog: console.errors
        )
        console.logger.info(
            "serving",
            metadata: [
                "addresses": "\(configuration.listeners.map { "\($0.address)" }.joined(separator: ", "))",
                "admin": "\(configuration.admin.map { "\($0.address)" } ?? "none")",
                "routes": "\(configuration.routes.count)",
            ]
        )
        started(gateway)
        StartupCode.release()
        let reopening = Task {
            for await _ in rotations { gateway.reopenLogs() }
        }
        // What runs is logged until the end.
        defer { reopening.cancel() }
        try await gracefulShutdown()
        try await gateway.stop()
    }
}
