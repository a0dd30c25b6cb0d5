import ArgumentParser
import Configuration
import Gateway
import Logging
import ServiceLifecycle
import UnixSignals

#if canImport(Glibc)
import Glibc
#endif

/// `menshen run`.
struct Run: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract:
            "Run the gateway. TERM drains and ends it, a second TERM ends it at once; USR1 reopens the access log."
    )

    @OptionGroup var file: ConfigurationFile

    func run() async throws {
        let configuration = try file.load()
        try await GatewayProcess.run([GatewayService(configuration: configuration)])
    }
}

/// What every long-running command shares: logs on standard error, and signals.
enum GatewayProcess {
    static let logger: Logger = {
        var logger = Logger(label: "menshen", factory: { StreamLogHandler.standardError(label: $0) })
        logger.logLevel = .info
        return logger
    }()

    /// Runs until a signal or until one of the services ends; in order, ended in reverse.
    static func run(_ services: [any Service]) async throws {
        // A reader of our output that went away is no reason to die.
        signal(SIGPIPE, SIG_IGN)
        // Other servers read their configuration anew; here it would end all requests.
        signal(SIGHUP, SIG_IGN)
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: ([SecondSignal()] + services).map {
                    .init(service: $0, successTerminationBehavior: .gracefullyShutdownGroup)
                },
                gracefulShutdownSignals: [.sigterm, .sigint],
                logger: GatewayProcess.logger
            )
        )
        try await group.run()
    }
}

/// Ends the process at once when it is told a second time.
///
/// The first of the services, as they are ended in reverse: it watches until all others are done.
struct SecondSignal: Service {
    func run() async throws {
        var count = 0
        for await _ in await UnixSignalsSequence(trapping: .sigterm, .sigint).cancelOnGracefulShutdown() {
            count += 1
            if count == 2 { exit(1) }
        }
    }
}

/// The gateway as a service of the process.
struct GatewayService: Service {
    let configuration: GatewayConfiguration
    /// Runs once requests are served.
    var started: @Sendable (Gateway) -> Void = { _ in }

    func run() async throws {
        let gateway = try await Gateway.start(configuration, logger: GatewayProcess.logger)
        GatewayProcess.logger.info(
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
            for await _ in await UnixSignalsSequence(trapping: .sigusr1) {
                gateway.reopenLogs()
            }
        }
        try await gracefulShutdown()
        reopening.cancel()
        try await gateway.stop()
    }
}
