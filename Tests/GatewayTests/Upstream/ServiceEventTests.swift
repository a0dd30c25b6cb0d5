import Configuration
import Logging
import Testing

@testable import Gateway

@Suite("What operators are told of a service's targets")
struct ServiceEventTests {
    private static func state(targets: Int) -> (ClusterState, Watched<[ServiceEvent]>) {
        let events = Watched<[ServiceEvent]>([])
        return (ClusterState(targets: targets) { event in events.withLock { $0.append(event) } }, events)
    }

    @Test("each change of health, and each ejection with its time, but not one that was refused")
    func targets() {
        let (state, events) = Self.state(targets: 2)
        state.setHealth(of: 1, isHealthy: false)
        state.setHealth(of: 1, isHealthy: true)
        var rules = EjectionConfiguration()
        rules.time = .seconds(10)
        #expect(state.eject(0, now: 1, rules: rules))
        #expect(!state.eject(1, now: 2, rules: rules))
        #expect(
            events.withLock { $0 } == [
                .health(target: 1, isHealthy: false), .health(target: 1, isHealthy: true),
                .ejected(target: 0, milliseconds: 10_000),
            ]
        )
    }

    @Test("a target that fails, when it begins and once a minute, and that it responds again")
    func failures() {
        let (state, events) = Self.state(targets: 2)
        let second: Int64 = 1_000_000_000
        state.reportResponse(of: 1)
        for now in [0, 1, 59, 60, 61, 119, 120] as [Int64] { state.reportFailure(of: 1, .closed, now: now * second) }
        state.reportFailure(of: 0, .connectFailed, now: 0)
        state.reportResponse(of: 1)
        state.reportResponse(of: 1)
        state.reportFailure(of: 1, .connectTimedOut, now: 121 * second)
        #expect(
            events.withLock { $0 } == [
                .failing(target: 1, .closed), .failing(target: 1, .closed), .failing(target: 1, .closed),
                .failing(target: 0, .connectFailed), .responding(target: 1), .failing(target: 1, .connectTimedOut),
            ]
        )
    }

    @Test("each change of the breaker, once")
    func breaker() {
        let (state, events) = Self.state(targets: 1)
        let rules = CircuitBreakerTests.rules()
        for _ in 0..<100 { state.record(.failure, isProbe: false, now: 0, rules: rules) }
        #expect(events.withLock { $0 } == [.breaker(.open)])
        var probes = 0
        let later: Int64 = 3_600_000_000_000
        while case .probe = state.admit(now: later, rules: rules), probes < 100 { probes += 1 }
        #expect(probes > 0 && events.withLock { $0 } == [.breaker(.open), .breaker(.halfOpen)])
        for _ in 0..<probes { state.record(.success, isProbe: true, now: later, rules: rules) }
        #expect(events.withLock { $0 } == [.breaker(.open), .breaker(.halfOpen), .breaker(.closed)])
    }

    @Test("a line with the service, and the target as the file has it")
    func lines() throws {
        let recorded = RecordedLog()
        let logger = Logger(label: "test") { _ in RecordedLog.Handler(recorded) }
        ServiceEvent.ejected(target: 1, milliseconds: 30_000)
            .report(of: "orders", targets: ["http://a:1", "http://b:2"], to: LimitedLog(logger))
        let line = try #require(recorded.lines.first)
        #expect(line.hasPrefix("warning a target is ejected"))
        #expect(line.contains("http://b:2") && line.contains("orders") && line.contains("30000"))
    }
}
