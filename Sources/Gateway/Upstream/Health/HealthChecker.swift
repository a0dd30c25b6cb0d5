import Configuration
import HTTPWire
import NIOCore

/// Sends health checks to the targets of one service and publishes the results to all workers.
///
/// It belongs to the loop of one worker.
final class HealthChecker {
    private let rules: HealthCheckConfiguration
    private let state: ClusterState
    private let targets: [UpstreamTarget]
    private let loop: LoopContext
    private var states: [ActiveHealth]
    private var random = Xoshiro()
    private var isStopped = false

    init(_ rules: HealthCheckConfiguration, cluster: Cluster) {
        self.rules = rules
        state = cluster.state
        targets = cluster.targets
        loop = cluster.loop
        states = cluster.targets.map { _ in
            ActiveHealth(healthyAfter: rules.healthyAfter, unhealthyAfter: rules.unhealthyAfter)
        }
    }

    func start() {
        for index in targets.indices { check(index) }
    }

    func stop() { isStopped = true }

    private func check(_ index: Int) {
        guard !isStopped else { return }
        let request = HealthCheckRequest(rules, target: targets[index], loop: loop) { [weak self] isSuccess in
            self?.take(isSuccess, of: index)
        }
        request.send()
    }

    /// - Parameter isSuccess: nil: the check says nothing of the target.
    private func take(_ isSuccess: Bool?, of index: Int) {
        guard !isStopped else { return }
        if let isSuccess, states[index].record(isSuccess: isSuccess) {
            state.setHealth(of: index, isHealthy: states[index].isHealthy)
        }
        let interval = rules.interval.nanoseconds
        let range = interval / 100 * Int64(rules.jitter)
        let delay = interval + (range > 0 ? Int64.random(in: -range...range, using: &random) : 0)
        let bound = NIOLoopBound(self, eventLoop: loop.eventLoop)
        loop.eventLoop.scheduleTask(in: .nanoseconds(delay)) { bound.value.check(index) }
    }
}

/// One health check: a GET on its own connection, with exactly one result.
private final class HealthCheckRequest: UpstreamResponseHandler {
    private let rules: HealthCheckConfiguration
    private let target: UpstreamTarget
    private let loop: LoopContext
    private var completion: ((Bool?) -> Void)?
    private var connection: ServiceConnection?
    private var timeout: Scheduled<Void>?

    init(
        _ rules: HealthCheckConfiguration,
        target: UpstreamTarget,
        loop: LoopContext,
        completion: @escaping (Bool?) -> Void
    ) {
        self.rules = rules
        self.target = target
        self.loop = loop
        self.completion = completion
    }

    func send() {
        let bound = NIOLoopBound(self, eventLoop: loop.eventLoop)
        let limit = rules.timeout.nanoseconds
        timeout = loop.eventLoop.scheduleTask(in: .nanoseconds(limit)) { bound.value.finish(isSuccess: false) }
        target.connect(for: self, within: limit)
    }

    private func finish(isSuccess: Bool?) {
        guard let completion else { return }
        self.completion = nil
        timeout?.cancel()
        connection?.close()
        connection = nil
        completion(isSuccess)
    }

    let isRequestSent = true

    func serviceConnected(_ connection: ServiceConnection) {
        guard completion != nil else { return connection.close() }
        self.connection = connection
        connection.begin(self, method: .get)
        connection.outboundHead.clear()
        connection.outboundHead.writeString("GET \(rules.path) HTTP/1.1\r\nhost: ")
        connection.outboundHead.writeBytes(target.address.authority)
        connection.outboundHead.writeString("\r\nuser-agent: menshen\r\nconnection: close\r\n\r\n")
        connection.writeHead()
        connection.flush()
    }

    func serviceConnectFailed(_ fault: ServiceFault, at target: UpstreamTarget) {
        // No descriptor was left.
        finish(isSuccess: fault == .noConnection ? nil : false)
    }

    func serviceResponded(_ head: borrowing ResponseHead) {
        let status = head.status
        finish(isSuccess: rules.status.isEmpty ? (200..<300).contains(status) : rules.status.contains(status))
    }

    func serviceEnded() { finish(isSuccess: false) }

    func serviceFailed(_ fault: ServiceFault) { finish(isSuccess: false) }
}
