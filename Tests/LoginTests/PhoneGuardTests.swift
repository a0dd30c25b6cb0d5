import APICalls
import Dispatch
import JSON
import ScriptedServer
import Sessions
import Testing
import WeChat

@testable import Login

@Suite("What guards WeChat from phone codes", .timeLimit(.minutes(5)))
struct PhoneGuardTests {
    /// WeChat that answers phone codes so, each when the gate lets it.
    private func house(
        _ phone: String,
        gate: DispatchSemaphore? = nil,
        store: MemoryStore = MemoryStore(),
        _ limit: (inout LoginLimits) -> Void = { _ in }
    ) throws -> LoginHouse {
        try LoginHouse(store: store, { parts, _ in limit(&parts.limits) }) { request in
            if request.target.hasPrefix("/sns/") { return .answer(success) }
            if request.target.hasPrefix("/cgi-bin/") {
                return .answer(http(#"{"access_token":"\#(accessToken)","expires_in":7200}"#))
            }
            gate?.wait()
            return .answer(phone)
        }
    }

    private func phoneCalls(_ house: LoginHouse) -> Int { house.calls.count { $0.hasPrefix("/wxa/") } }

    private func begin(_ house: LoginHouse, _ holder: SessionHolder, _ code: String, _ answers: Collected<Answer>) {
        let request = EndpointRequest(
            endpoint: .updatePhone,
            body: Array(#"{"code":"\#(code)"}"#.utf8),
            appID: nil,
            clientAddress: Array("192.0.2.1".utf8),
            holder: holder
        )
        house.endpoints.perform(request) { answers.put(Answer(reply: $0)) }
    }

    @Test("one call of a session at a time; the next one may come when it is recorded")
    func oneOfASession() async throws {
        let store = MemoryStore()
        let house = try house(PhoneEndpointTests.phone(), store: store)
        let holder = try await house.holder()
        store.hold(.update)
        let answers = Collected<Answer>()
        begin(house, holder, "p1", answers)
        for number in 2..<50 { begin(house, holder, "p\(number)", answers) }
        #expect(await answers.wait(for: 48).allSatisfy { $0.failure == .overloaded })
        while store.waiting(.update) < 1 { await Task.yield() }
        #expect(await house.call(.updatePhone, holder, #"{"code":"q"}"#).failure == .overloaded)
        store.release(.update)
        #expect(await answers.wait(for: 49).last?.data != nil)
        #expect(await house.call(.updatePhone, holder, #"{"code":"q"}"#).data != nil)
        #expect(phoneCalls(house) == 2)
    }

    @Test("so many of an app at once, the next is told at once and its code is not sent")
    func bounded() async throws {
        let gate = DispatchSemaphore(value: 0)
        let house = try house(PhoneEndpointTests.phone(), gate: gate) { $0.phoneCalls = 3 }
        var holders: [SessionHolder] = []
        for number in 0..<5 { holders.append(try await house.holder(code: "c\(number)")) }
        let answers = Collected<Answer>()
        for (number, holder) in holders.enumerated() { begin(house, holder, "p\(number)", answers) }
        #expect(answers.all.map(\.failure) == [.overloaded, .overloaded])
        for _ in 0..<10 { gate.signal() }
        #expect(await answers.wait(for: 5).compactMap(\.token).count == 3)
        #expect(await house.call(.updatePhone, holders[4], #"{"code":"p4"}"#).data != nil)
        #expect(phoneCalls(house) == 4)
    }

    static let spent: [(String, LoginFailure, LoginFailure)] = [
        (PhoneEndpointTests.phone("no number"), .wechatUnavailable(status: 502), .codeUsed),
        (errcode(40029), .codeInvalid(mock: false), .codeInvalid(mock: false)), (errcode(40163), .codeUsed, .codeUsed),
        (errcode(-1), .wechatUnavailable(status: 503), .codeUsed),
    ]

    @Test("a code that was refused or may be spent is not sent again while it could live", arguments: spent)
    func remembered(_ answer: String, _ first: LoginFailure, _ then: LoginFailure) async throws {
        let house = try house(answer)
        let (holder, other) = (try await house.holder(code: "c1"), try await house.holder(code: "c2"))
        #expect(await house.call(.updatePhone, holder, #"{"code":"p"}"#).failure == first)
        #expect(await house.call(.updatePhone, holder, #"{"code":"p"}"#).failure == then)
        house.clock.advance(299)
        #expect(await house.call(.updatePhone, other, #"{"code":"p"}"#).failure == then)
        #expect(phoneCalls(house) == 1)
        house.clock.advance(1)
        #expect(await house.call(.updatePhone, holder, #"{"code":"p"}"#).failure == first)
        #expect(phoneCalls(house) == 2)
    }

    @Test("one that gave a number is used; one that WeChat did not look at is not")
    func kept() async throws {
        let good = try house(PhoneEndpointTests.phone())
        let holder = try await good.holder()
        #expect(await good.call(.updatePhone, holder, #"{"code":"p"}"#).data != nil)
        #expect(await good.call(.updatePhone, holder, #"{"code":"p"}"#).failure == .codeUsed)
        #expect(phoneCalls(good) == 1)
        let limited = try house(errcode(45011))
        let another = try await limited.holder()
        for _ in 0..<2 {
            let answer = await limited.call(.updatePhone, another, #"{"code":"p"}"#)
            #expect(answer.failure == .throttled(retryAfter: 60))
        }
        #expect(phoneCalls(limited) == 2)
    }

    @Test("an address's rate is one for logins and phone codes")
    func addresses() async throws {
        let house = try house(errcode(40029)) { $0.ratePerAddress = 3 }
        let holder = try await house.holder()
        for number in 0..<2 {
            #expect(
                await house.call(.updatePhone, #"{"code":"p\#(number)"}"#, holder).failure == .codeInvalid(mock: false)
            )
        }
        #expect(await house.call(.updatePhone, #"{"code":"p2"}"#, holder).failure == .throttled(retryAfter: 1))
        let elsewhere = await house.call(.updatePhone, #"{"code":"p2"}"#, from: "192.0.2.2", holder)
        #expect(elsewhere.failure == .codeInvalid(mock: false))
    }

    @Test("turns: random comings and goings agree with a plain list", arguments: 0..<10)
    func turns(seed: Int) {
        var random = Numbers(seed: seed)
        var turns = PhoneCallSlots(atOnce: 3)
        var model: [(session: String, app: String)] = []
        for step in 0..<1000 {
            let session = "s\(random.next(below: 8))"
            let app = session.utf8.last.map { $0 % 2 == 0 } == true ? "wx1" : "wx2"
            if random.next(below: 2) == 0 {
                let mayBegin = !model.contains { $0.session == session } && model.count { $0.app == app } < 3
                #expect(turns.begin(session, appID: app) == mayBegin, "seed \(seed), step \(step)")
                if mayBegin { model.append((session, app)) }
            } else {
                turns.end(session, appID: app)
                model.removeAll { $0.session == session }
            }
            #expect(turns.count == model.count)
        }
    }

    @Test("a call that waited too long for its turn was not sent: the code is good, the way to WeChat too")
    func notSent() {
        let kind = WeChatFailure.Kind.noResponse(.waitedTooLong)
        #expect(LoginFailure(kind) == .overloaded && !kind.mayHaveSpentCode)
        #expect(WeChatFailure.Kind.noResponse(.timeout).mayHaveSpentCode)
    }
}
