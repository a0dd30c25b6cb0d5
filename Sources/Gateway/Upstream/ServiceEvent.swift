import Logging
import NIOCore
import NIOPosix

/// What an operator should know of a service's targets, once for each change.
enum ServiceEvent: Equatable, Sendable {
    /// The health questions found a target unwell, or well again.
    case health(target: Int, isHealthy: Bool)
    /// A target failed too often: it gets no requests for so many milliseconds.
    case ejected(target: Int, milliseconds: Int64)
    case breaker(Breaker.Phase)

    /// One line in the log, written on a thread that may wait for whoever reads it.
    ///
    /// - Parameter targets: as routes.json has them.
    func report(of service: String, targets: [String], to logger: Logger) {
        NIOSingletons.posixBlockingThreadPool.submit { _ in
            var metadata: Logger.Metadata = ["service": "\(service)"]
            switch self {
            case .health(let target, let isHealthy):
                metadata["target"] = "\(targets[target])"
                if isHealthy {
                    logger.info("a target is well again", metadata: metadata)
                } else {
                    logger.warning("a target is unwell: its health path fails", metadata: metadata)
                }
            case .ejected(let target, let milliseconds):
                metadata["target"] = "\(targets[target])"
                metadata["milliseconds"] = "\(milliseconds)"
                logger.warning("a target is ejected: it failed too often", metadata: metadata)
            case .breaker(.closed): logger.info("a service's breaker is closed again", metadata: metadata)
            case .breaker(.open):
                logger.warning("a service's breaker is open: requests are refused", metadata: metadata)
            case .breaker(.halfOpen): logger.info("a service's breaker lets probes through", metadata: metadata)
            }
        }
    }
}
