import Configuration
import HTTPWire
import NIOCore

/// Asks the targets of one service, one by one and again and again, whether they are well, and tells all workers.
///
/// Belongs to the loop of one worker.
final class HealthProber {
    private let rules: HealthCheckConfiguration
    private let board: ServiceBoard
    private let targets: [UpstreamTarget]
    private let loop: LoopContext
    private var states: [ActiveHealth]
    private var random = Xoshiro()
    private var isStopped = false

    init(_ rules: HealthCheckConfiguration, group: ServiceGroup) {
        self.rules = rules
        board = group.board
        targets = group.targets
        loop = group.loop
        states = group.targets.map { _ in
            ActiveHealth(healthyAfter: rules.healthyAfter, unhealthyAfter: rules.unhealthyAfter)
        }
    }

    func start() {
        for index in targets.indices { ask(index) }
    }

    func stop() { isStopped = true }

    private func ask(_ index: Int) {
        guard !isStopped else { return }
        let question = HealthQuestion(rules, target: targets[index], loop: loop) { [weak self] isGood in
            self?.take(isGood, of: index)
        }
        question.ask()
    }

    private func take(_ isGood: Bool, of index: Int) {
        guard !isStopped else { return }
        if states[index].record(isGood: isGood) {
            board.setHealth(of: index, isHealthy: states[index].isHealthy)
        }
        let interval = rules.interval.nanoseconds
        let range = interval / 100 * Int64(rules.jitter)
        let delay = interval + (range > 0 ? Int64.random(in: -range...range, using: &random) : 0)
        let bound = NIOLoopBound(self, eventLoop: loop.eventLoop)
        loop.eventLoop.scheduleTask(in: .nanoseconds(delay)) { bound.value.ask(index) }
    }
}

/// One question: a GET on a connection of its own, and an outcome whatever happens.
private final class HealthQuestion: ServiceExchange {
    private let rules: HealthCheckConfiguration
    private let target: UpstreamTarget
    private let loop: LoopContext
    private var answer: ((Bool) -> Void)?
    private var connection: ServiceConnection?
    private var timeout: Scheduled<Void>?

    init(
        _ rules: HealthCheckConfiguration,
        target: UpstreamTarget,
        loop: LoopContext,
        answer: @escaping (Bool) -> Void
    ) {
        self.rules = rules
        self.target = target
        self.loop = loop
        self.answer = answer
    }

    func ask() {
        let bound = NIOLoopBound(self, eventLoop: loop.eventLoop)
        let limit = rules.timeout.nanoseconds
        timeout = loop.eventLoop.scheduleTask(in: .nanoseconds(limit)) { bound.value.finish(isGood: false) }
        target.connect(for: self, within: limit)
    }

    private func finish(isGood: Bool) {
        guard let answer else { return }
        self.answer = nil
        timeout?.cancel()
        connection?.close()
        connection = nil
        answer(isGood)
    }

    let isRequestSent = true

    func serviceConnected(_ connection: ServiceConnection) {
        guard answer != nil else { return connection.close() }
        self.connection = connection
        connection.begin(self, method: .get)
        connection.outboundHead.clear()
        connection.outboundHead.writeString("GET \(rules.path) HTTP/1.1\r\nhost: ")
        connection.outboundHead.writeBytes(target.address.authority)
        connection.outboundHead.writeString("\r\nuser-agent: menshen\r\nconnection: close\r\n\r\n")
        connection.writeHead()
        connection.flush()
    }

    func serviceConnectFailed(_ fault: ServiceFault, at target: UpstreamTarget) { finish(isGood: false) }

    func serviceResponded(_ head: borrowing ResponseHead) {
        let status = head.status
        finish(isGood: rules.status.isEmpty ? (200..<300).contains(status) : rules.status.contains(status))
    }

    func serviceEnded() { finish(isGood: false) }

    func serviceFailed(_ fault: ServiceFault) { finish(isGood: false) }
}
