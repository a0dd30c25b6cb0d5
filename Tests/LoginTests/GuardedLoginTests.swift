import Dispatch
import JSON
import Login
import ScriptedServer
import Testing

@Suite("What guards WeChat from logins", .timeLimit(.minutes(5)))
struct GuardedLoginTests {
    @Test("the day's quota opens the app's fuse: others are told at once and keep their code; an operator may reset it")
    func dailyQuota() async throws {
        let house = try LoginHouse(apps: ["wx1", "wx2"]) { request in
            .answer(request.target.contains("js_code=c1&") ? errcode(45009) : success)
        }
        func login(_ code: String, _ app: String) async -> Answer {
            await house.login(#"{"code":"\#(code)","appId":"\#(app)"}"#)
        }
        #expect(await login("c1", "wx1").failure == .throttled(retryAfter: 300))
        guard case .throttled(let retryAfter) = await login("c2", "wx1").failure else {
            Issue.record("not throttled")
            return
        }
        #expect((1...300).contains(retryAfter))
        #expect(house.server.requests.count == 1)
        #expect(await house.admin(.counters).data?["apps"]?["wx1"]?["fuse"]?.string == "dailyQuota")
        #expect(await login("c2", "wx2").data != nil)
        #expect(await house.admin(.resetFuse(appID: "wx1")).text == "{}")
        #expect(await login("c2", "wx1").data != nil)
        #expect(await house.admin(.counters).data?["apps"]?["wx1"]?["fuse"]?.string == "closed")
    }

    @Test("a probe after five minutes closes the fuse")
    func probe() async throws {
        let house = try LoginHouse { .answer($0.number == 1 ? errcode(45009) : success) }
        _ = await house.login(#"{"code":"c1"}"#)
        house.clock.advance(299)
        #expect(await house.login(#"{"code":"c2"}"#).failure == .throttled(retryAfter: 1))
        house.clock.advance(1)
        #expect(await house.login(#"{"code":"c2"}"#).data != nil)
        #expect(await house.login(#"{"code":"c3"}"#).data != nil)
    }

    @Test("45011 of one address is that user's; of three it is the app's")
    func rate() async throws {
        let house = try LoginHouse { _ in .answer(errcode(45011)) }
        for number in 0..<5 {
            _ = await house.login(#"{"code":"a\#(number)"}"#, from: "192.0.2.1")
        }
        #expect(house.server.requests.count == 5)
        for number in 2..<4 {
            _ = await house.login(#"{"code":"b\#(number)"}"#, from: "192.0.2.\(number)")
        }
        #expect(house.server.requests.count == 7)
        #expect(await house.login(#"{"code":"c"}"#, from: "192.0.2.9").failure == .throttled(retryAfter: 60))
        #expect(house.server.requests.count == 7)
    }

    @Test("a WeChat that fails in a row is left alone for a while; then one login finds out")
    func breaker() async throws {
        let house = try LoginHouse { .answer($0.number <= 10 ? http("<html>") : success) }
        for number in 0..<10 {
            #expect(await house.login(#"{"code":"c\#(number)"}"#).failure == .wechatUnavailable(status: 502))
        }
        #expect(await house.login(#"{"code":"d"}"#).failure == .wechatUnavailable(status: 503))
        #expect(house.server.requests.count == 10)
        #expect(await house.admin(.counters).data?["apps"]?["wx1"]?["breaker"]?.string == "open")
        house.clock.advance(5)
        #expect(await house.login(#"{"code":"d"}"#).data != nil)
        #expect(await house.login(#"{"code":"e"}"#).data != nil)
    }

    @Test("a refused code is no failure of WeChat's")
    func codesDoNotOpen() async throws {
        let house = try LoginHouse { _ in .answer(errcode(40029)) }
        for number in 0..<50 {
            #expect(await house.login(#"{"code":"c\#(number)"}"#).failure == .codeInvalid(mock: false))
        }
        #expect(house.server.requests.count == 50)
    }

    @Test("so many exchanges at once, so many behind them, the rest is told at once; who waits gets a turn")
    func queue() async throws {
        let gate = DispatchSemaphore(value: 0)
        let house = try LoginHouse(
            { parts, _ in
                parts.limits.exchanges = 2
                parts.limits.waitingExchanges = 3
            },
            respond: { _ in
                gate.wait()
                return .answer(success)
            }
        )
        let answers = Collected<Answer>()
        for number in 0..<8 { house.begin(#"{"code":"c\#(number)"}"#, answers) }
        #expect(answers.all.map(\.failure) == [.overloaded, .overloaded, .overloaded])
        let app = await house.admin(.counters).data?["apps"]?["wx1"]
        #expect(app?["exchangesInFlight"]?.integer == 2 && app?["exchangesWaiting"]?.integer == 3)
        _ = await house.server.wait { $0.requests.count == 2 }
        for _ in 0..<5 { gate.signal() }
        #expect(await answers.wait(for: 8).compactMap(\.token).count == 5)
        #expect(house.server.requests.count == 5)
        let after = await house.admin(.counters).data?["apps"]?["wx1"]
        #expect(after?["exchangesInFlight"]?.integer == 0 && after?["exchangesWaiting"]?.integer == 0)
    }

    @Test("who waits too long is told so, and keeps the code")
    func patience() async throws {
        let gate = DispatchSemaphore(value: 0)
        let house = try LoginHouse({ parts, _ in parts.limits.exchanges = 1 }) { _ in
            gate.wait()
            return .answer(success)
        }
        let answers = Collected<Answer>()
        house.begin(#"{"code":"c1"}"#, answers)
        house.begin(#"{"code":"c2"}"#, answers)
        house.endpoints.tick()
        #expect(answers.all.isEmpty)
        house.clock.advance(5)
        house.endpoints.tick()
        #expect(answers.all.map(\.failure) == [.overloaded])
        gate.signal()
        _ = await answers.wait(for: 2)
        gate.signal()
        #expect(await house.login(#"{"code":"c2"}"#).data != nil)
    }

    @Test("one address logs in so often in a second, others do not notice; in place counts too")
    func addresses() async throws {
        let house = try LoginHouse({ parts, _ in parts.limits.ratePerAddress = 3 }) { _ in .answer(success) }
        for number in 0..<3 { #expect(await house.login(#"{"code":"c\#(number)"}"#).data != nil) }
        #expect(await house.login(#"{"code":"c0"}"#).failure == .throttled(retryAfter: 1))
        #expect(await house.login(#"{"code":"d"}"#, from: "192.0.2.2").data != nil)
        house.clock.advance(1)
        #expect(await house.login(#"{"code":"e"}"#).data != nil)
        for _ in 0..<3 { _ = await house.inPlace("f") }
        guard case .failure(.login(.throttled)) = await house.inPlace("f") else {
            Issue.record("not throttled")
            return
        }
        #expect(house.endpoints.loginCounts().apps["wx1"]?.logins["throttled"] == 2)
    }
}
