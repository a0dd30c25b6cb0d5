import Logging
import RandomJSON
import Testing

@testable import Gateway

@Suite("The quota of lines that clients can cause")
struct LineQuotaTests {
    private static let second: Int64 = 1_000_000_000
    private static let kind = LogKind(.info, "login failed", ["app": "wx1", "failure": "code_invalid"])

    @Test("A kind gets its lines, then none until its interval is over; the next line counts what was suppressed")
    func quota() {
        var quota = LineQuota()
        for _ in 0..<LineQuota.lines { #expect(quota.admit(Self.kind, now: 0) == 0) }
        for second in 0..<9 { #expect(quota.admit(Self.kind, now: Int64(second) * Self.second) == nil) }
        #expect(quota.suppressed == 9)
        #expect(quota.admit(Self.kind, now: LineQuota.interval) == 9)
        #expect(quota.admit(Self.kind, now: LineQuota.interval) == 0)
    }

    @Test("What was suppressed is due where no line of the kind follows, once")
    func due() {
        var quota = LineQuota()
        for _ in 0..<365 { _ = quota.admit(Self.kind, now: 0) }
        #expect(quota.due(now: LineQuota.interval - 1).isEmpty)
        let told = quota.due(now: LineQuota.interval)
        #expect(told.map(\.suppressed) == [365 - LineQuota.lines] && told.first?.kind == Self.kind)
        #expect(quota.due(now: LineQuota.interval).isEmpty)
        // The line that told it is one of the next interval's.
        let next = (0..<LineQuota.lines).compactMap { _ in quota.admit(Self.kind, now: LineQuota.interval) }
        #expect(next.count == LineQuota.lines - 1)
        #expect(quota.suppressed == 365 - LineQuota.lines + 1)
    }

    @Test("Kinds do not share, whether message, level or a label sets them apart")
    func kinds() {
        var quota = LineQuota()
        for _ in 0..<100 { _ = quota.admit(Self.kind, now: 0) }
        for other in [
            LogKind(.info, "login failed", ["app": "wx2", "failure": "code_invalid"]),
            LogKind(.warning, "login failed", ["app": "wx1", "failure": "code_invalid"]),
            LogKind(.info, "login", ["app": "wx1", "failure": "code_invalid"]),
            LogKind(.info, "login failed", ["app": "wx1"]),
        ] { #expect(quota.admit(other, now: 0) == 0) }
        #expect(LogKind(.info, "m", ["a": nil, "b": "c"]) == LogKind(.info, "m", ["b": "c"]))
    }

    @Test("There are not more kinds than are told apart: further ones are counted together")
    func bounded() {
        var quota = LineQuota()
        for number in 0..<LineQuota.maximumKinds {
            #expect(quota.admit(LogKind(.info, "m", ["n": "\(number)"]), now: 0) == 0)
        }
        for number in 0..<1000 { #expect(quota.admit(LogKind(.info, "m", ["x": "\(number)"]), now: 0) == nil) }
        let told = quota.due(now: LineQuota.interval)
        #expect(told.map(\.kind) == [.further] && told.map(\.suppressed) == [1000])
        // Those of which nothing came are forgotten, so that there is room again.
        #expect(quota.admit(LogKind(.info, "m", ["x": "1"]), now: LineQuota.interval) == 0)
    }

    @Test("At the end everything is told")
    func drain() {
        var quota = LineQuota()
        for _ in 0..<15 { _ = quota.admit(Self.kind, now: 0) }
        #expect(quota.drain().map(\.suppressed) == [5] && quota.drain().isEmpty)
    }

    @Test("Every line is written or counted, and no interval has too many of a kind", arguments: 0..<20)
    func model(seed: Int) {
        var random = SeededGenerator(seed: UInt64(seed))
        var quota = LineQuota()
        let kinds = (0..<4).map { LogKind(.info, "m", ["n": "\($0)"]) }
        var now: Int64 = 0
        var (asked, written, told) = (0, 0, 0)
        var times: [LogKind: [Int64]] = [:]
        for _ in 0..<5000 {
            now += Int64.random(in: 0...Self.second / 4, using: &random)
            if Int.random(in: 0..<20, using: &random) == 0 {
                for entry in quota.due(now: now) {
                    told += entry.suppressed
                    times[entry.kind, default: []].append(now)
                }
            } else if let kind = kinds.randomElement(using: &random) {
                asked += 1
                if let before = quota.admit(kind, now: now) {
                    written += 1
                    told += before
                    times[kind, default: []].append(now)
                }
            }
        }
        told += quota.drain().reduce(0) { $0 + $1.suppressed }
        #expect(written + told == asked && quota.suppressed == told, "seed \(seed)")
        for all in times.values {
            // Two intervals can meet.
            for start in all {
                let count = all.count { (start..<start + LineQuota.interval).contains($0) }
                #expect(count <= 2 * LineQuota.lines, "seed \(seed)")
            }
        }
    }
}

@Suite("Lines that clients can cause")
struct LimitedLogTests {
    @Test("are written within their quota; the rest is counted in a line")
    func lines() {
        let recorded = RecordedLog()
        let log = LimitedLog(Logger(label: "test") { _ in RecordedLog.Handler(recorded) })
        for number in 0..<100 { log.write(LogKind(.info, "login failed", ["app": "wx1"]), ["n": "\(number)"]) }
        #expect(recorded.lines.count == LineQuota.lines && log.suppressed == 100 - LineQuota.lines)
        log.tick()
        #expect(recorded.lines.count == LineQuota.lines)
        log.flush()
        let last = recorded.lines.last ?? ""
        #expect(last.contains("login failed") && last.contains("wx1") && last.contains("90"), "\(last)")
    }

    @Test("take no place in the quota where nobody wants their level")
    func level() {
        let recorded = RecordedLog()
        var logger = Logger(label: "test") { _ in RecordedLog.Handler(recorded) }
        logger.logLevel = .warning
        let log = LimitedLog(logger)
        for _ in 0..<100 { log.write(LogKind(.info, "login failed")) }
        log.flush()
        #expect(recorded.lines.isEmpty && log.suppressed == 0)
    }
}
