import NIOCore
import RandomJSON
import Testing

@testable import WeChatStandIn

@Suite("The stand-in's state")
struct StandInStateTests {
    private static let start = NIODeadline.uptimeNanoseconds(1_000_000_000_000)

    private struct Bench {
        var state: StandInState
        var now = StandInStateTests.start
        var random = SystemRandomNumberGenerator()

        init(apps: [String: String]? = ["wx1": "secret-1", "wx2": "secret-2"]) { state = StandInState(apps: apps) }

        mutating func code(openid: String? = nil, unionid: String? = nil, appID: String? = nil) -> String {
            state.issueCode(openid: openid, unionid: unionid, appID: appID, now: now, using: &random).code
        }

        mutating func exchange(
            _ code: String?,
            appID: String? = "wx1",
            secret: String? = "secret-1",
            grantType: String? = "authorization_code"
        ) -> Exchange {
            let request = ExchangeRequest(appID: appID, secret: secret, code: code, grantType: grantType)
            return state.exchange(request, now: now, using: &random)
        }

        mutating func errcode(_ code: String?) -> Int? { exchange(code).errcode }
    }

    @Test("A code works once")
    func once() {
        var bench = Bench()
        let code = bench.code(openid: "user-1", unionid: "union-1")
        guard case .success(let key, "user-1", "union-1") = bench.exchange(code).result else {
            Issue.record("no success")
            return
        }
        #expect(key.utf8.count == 24 && key.hasSuffix("=="))
        #expect(bench.errcode(code) == 40163)
        #expect(bench.errcode(code) == 40163)
    }

    @Test(
        "A code lives five minutes; an expired one is remembered for five more",
        arguments: [
            (TimeAmount.zero, nil), (.seconds(299), nil), (.minutes(5), 42003), (.minutes(10) - .nanoseconds(1), 42003),
            (.minutes(10), 40029), (.hours(24), 40029),
        ] as [(TimeAmount, Int?)]
    )
    func life(_ age: TimeAmount, _ errcode: Int?) {
        var bench = Bench()
        let code = bench.code()
        bench.now = bench.now + age
        #expect(bench.errcode(code) == errcode)
    }

    @Test("A code that was used is said to be so until it expires")
    func usedThenExpired() {
        var bench = Bench()
        let code = bench.code()
        #expect(bench.errcode(code) == nil)
        bench.now = bench.now + .seconds(299)
        #expect(bench.errcode(code) == 40163)
        bench.now = bench.now + .seconds(1)
        #expect(bench.errcode(code) == 42003)
    }

    @Test("Each login has its own session_key; the user stays the same")
    func sessionKeys() {
        var bench = Bench()
        var keys: Set<String> = []
        for _ in 0..<50 {
            let code = bench.code(openid: "user-1")
            if case .success(let key, "user-1", nil) = bench.exchange(code).result { keys.insert(key) }
        }
        #expect(keys.count == 50)
    }

    @Test("Users that nobody named differ, and look as WeChat's do")
    func namelessUsers() {
        var bench = Bench()
        var openids: Set<String> = []
        var codes: Set<String> = []
        for _ in 0..<50 {
            let issued = bench.state.issueCode(
                openid: nil,
                unionid: nil,
                appID: nil,
                now: bench.now,
                using: &bench.random
            )
            #expect(issued.openid.utf8.count == 28 && issued.openid.hasPrefix("o"))
            #expect(issued.code.utf8.count == 32 && issued.code.hasPrefix("0"))
            openids.insert(issued.openid)
            codes.insert(issued.code)
        }
        #expect(openids.count == 50 && codes.count == 50)
    }

    @Test("A call that is wrong by itself spends no code")
    func wrongCalls() {
        var bench = Bench()
        let code = bench.code()
        #expect(bench.exchange(code, appID: nil).errcode == 41002)
        #expect(bench.exchange(code, secret: nil).errcode == 41004)
        #expect(bench.exchange(nil).errcode == 41008)
        #expect(bench.exchange(code, grantType: "client_credential").errcode == 40002)
        #expect(bench.exchange(code, grantType: nil).errcode == 40002)
        #expect(bench.exchange(code, appID: "wx3").errcode == 40013)
        #expect(bench.exchange(code, secret: "secret-2").errcode == 40125)
        #expect(bench.exchange("0123").errcode == 40029)
        #expect(bench.exchange(code).errcode == nil)
    }

    @Test("A code of one app is no code of another")
    func otherApp() {
        var bench = Bench()
        let code = bench.code(appID: "wx2")
        #expect(bench.exchange(code).errcode == 40029)
        #expect(bench.exchange(code, appID: "wx2", secret: "secret-2").errcode == nil)
    }

    @Test("Without a list of apps every app and every secret is right")
    func anyApp() {
        var bench = Bench(apps: nil)
        let code = bench.code()
        #expect(bench.exchange(code, appID: "wx9", secret: "anything").errcode == nil)
    }

    @Test("The developer tools' code is refused with its own text, and every errmsg ends with a rid")
    func texts() {
        var bench = Bench()
        #expect(
            bench.exchange("the code is a mock one").errmsg?.hasPrefix("invalid code, the code is a mock one, rid: ")
                == true
        )
        for code in ["x", nil] as [String?] {
            let parts = bench.exchange(code).errmsg?.components(after: ", rid: ")
            let groups = parts?.split(separator: "-") ?? []
            #expect(groups.map(\.count) == [8, 8, 8])
            #expect(groups.joined().utf8.allSatisfy { UInt8(ascii: "0") <= $0 && $0 <= UInt8(ascii: "f") })
        }
    }

    @Test("Faults are taken in the order they were asked for, each as often as it says")
    func faultOrder() {
        var bench = Bench()
        bench.state.add(Fault(kind: .errcode, count: 2, errcode: 45011))
        bench.state.add(Fault(kind: .html))
        #expect(bench.state.faults.pending == 3)
        let code = bench.code()
        #expect(bench.errcode(code) == 45011)
        #expect(bench.errcode(code) == 45011)
        #expect(bench.exchange(code).fault?.kind == .html)
        #expect(bench.state.faults.pending == 0)
        #expect(bench.errcode(code) == nil)
    }

    @Test("Faults can be taken back")
    func clearFaults() {
        var bench = Bench()
        bench.state.add(Fault(kind: .reset, count: 1000))
        bench.state.clearFaults()
        let code = bench.code()
        let exchange = bench.exchange(code)
        #expect(exchange.fault == nil && exchange.errcode == nil)
    }

    @Test("Which faults spend the code", arguments: FaultKind.allCases)
    func spending(_ kind: FaultKind) {
        var bench = Bench()
        bench.state.add(Fault(kind: kind, errcode: 45009))
        let code = bench.code()
        _ = bench.exchange(code)
        let isSpared = [FaultKind.errcode, .html, .http500].contains(kind)
        #expect(bench.errcode(code) == (isSpared ? nil : 40163))
    }

    @Test("WeChat's -1 may have spent the code, and here it has")
    func busySpends() {
        var bench = Bench()
        bench.state.add(Fault(kind: .errcode, errcode: -1))
        let code = bench.code()
        #expect(bench.errcode(code) == -1)
        #expect(bench.errcode(code) == 40163)
    }

    @Test("Calls are counted by outcome")
    func counters() {
        var bench = Bench()
        let code = bench.code()
        _ = bench.exchange(code)
        _ = bench.exchange(code)
        _ = bench.exchange("x")
        bench.state.add(Fault(kind: .reset))
        _ = bench.exchange("x")
        #expect(bench.state.calls.codesIssued == 1 && bench.state.calls.exchanges == 4)
        #expect(bench.state.calls.outcomes == ["ok": 1, "40163": 1, "40029": 1, "fault:reset": 1])
    }

    @Test("Codes are forgotten after their second life")
    func forgetting() {
        var book = CodeBook<CodeOwner>()
        var now = Self.start
        for index in 0..<20_000 {
            book.issue("c\(index)", for: CodeOwner(openid: "u", sessionKey: "k"), now: now)
            now = now + .milliseconds(100)
        }
        // Ten minutes hold 6000 codes at this pace.
        #expect(book.count == 6000)
    }

    @Test("Random calls agree with a simple model")
    func model() {
        var random = SeededGenerator()
        let seed = random.seed
        var bench = Bench()
        var model: [(code: String, made: NIODeadline, isUsed: Bool)] = []
        for step in 0..<5000 {
            bench.now = bench.now + .milliseconds(Int64.random(in: 0...2000, using: &random))
            if model.isEmpty || Int.random(in: 0..<3, using: &random) == 0 {
                model.append((bench.code(), bench.now, false))
                continue
            }
            let newest = max(0, model.count - 400)
            let index = Int.random(in: newest..<model.count, using: &random)
            let age = bench.now - model[index].made
            let expected: Int? =
                age >= .minutes(10) ? 40029 : age >= .minutes(5) ? 42003 : model[index].isUsed ? 40163 : nil
            if expected == nil { model[index].isUsed = true }
            let errcode = bench.errcode(model[index].code)
            if errcode != expected {
                Issue.record(
                    "seed \(seed), step \(step): \(String(describing: errcode)) for \(String(describing: expected))"
                )
                return
            }
        }
    }
}

extension Exchange {
    var errcode: Int? {
        if case .refusal(let errcode, _) = result { errcode } else { nil }
    }

    var errmsg: String? {
        if case .refusal(_, let errmsg) = result { errmsg } else { nil }
    }
}

extension String {
    /// What follows a separator; empty where there is none.
    func components(after separator: String) -> String {
        var rest = self[...]
        while !rest.isEmpty, !rest.hasPrefix(separator) { rest = rest.dropFirst() }
        return String(rest.dropFirst(separator.count))
    }
}
