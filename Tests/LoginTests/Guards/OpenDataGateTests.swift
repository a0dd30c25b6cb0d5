import Cryptography
import ScriptedServer
import Sessions
import Testing

@testable import Login

@Suite("Open data that are no good may be sent ten times, then once a minute", .timeLimit(.minutes(5)))
struct OpenDataGateTests {
    private func house(_ store: MemoryStore = MemoryStore()) throws -> LoginHouse {
        try LoginHouse(store: store) { _ in .answer(success) }
    }

    @Test("for phone numbers and user data together, in every session of the user; another user is not touched")
    func bounded() async throws {
        let store = MemoryStore()
        let house = try LoginHouse(store: store) { request in
            let openid = request.target.contains("js_code=other") ? "oTHER" : "oGZ"
            return .answer(http(#"{"openid":"\#(openid)","session_key":"\#(sessionKey)"}"#))
        }
        let first = try await house.holder(code: "c1")
        let second = try await house.holder(code: "c2")
        let other = try await house.holder(code: "other")
        for number in 0..<10 {
            let bad = try openData(#"{"nickName":"\#(number)"}"#)
            let endpoint = number.isMultiple(of: 2) ? Endpoint.updatePhone : .updateUser
            let answer = await house.call(endpoint, number.isMultiple(of: 3) ? first : second, bad)
            #expect(answer.failure == .openDataRefused)
        }
        let asked = store.count(.sessionKey)
        let good = try phoneData("13580006666")
        #expect(await house.call(.updatePhone, first, good).failure == .throttled(retryAfter: 60))
        #expect(await house.call(.updateUser, second, try openData("{}")).failure == .throttled(retryAfter: 60))
        #expect(store.count(.sessionKey) == asked && store.count(.update) == 0)
        #expect(await house.call(.updateUser, first, #"{"nickname":"n"}"#).data != nil, "no open data")
        #expect(await house.call(.updatePhone, other, good).data != nil)
        house.clock.advance(59)
        #expect(await house.call(.updatePhone, first, good).failure == .throttled(retryAfter: 1))
        house.clock.advance(1)
        #expect(await house.call(.updatePhone, first, try phoneData("13580006666")).data != nil)
    }

    @Test("what is good does not count, nor what was not looked at")
    func uncounted() async throws {
        let store = MemoryStore()
        let house = try house(store)
        let holder = try await house.holder()
        for _ in 0..<15 { #expect(await house.call(.updatePhone, holder, try phoneData("13580006666")).data != nil) }
        store.fail(.sessionKey, with: .unreachable)
        for _ in 0..<15 {
            #expect(await house.call(.updatePhone, holder, try phoneData("13580006666")).failure == .storeUnavailable)
        }
        store.fail(.sessionKey, with: nil)
        #expect(await house.call(.updatePhone, holder, try phoneData("13580006666")).data != nil)
    }

    @Test("memory is bounded by users, and what gives way begins with a full bucket")
    func capacity() {
        var rate = KeyedRate<Int>(interval: 60_000, burst: 2, capacity: 3)
        for key in [1, 1, 2, 3] { #expect(rate.admit(key, now: 0) == nil) }
        #expect(rate.admit(1, now: 0) == 60 && rate.admit(4, now: 0) == nil && rate.count == 3)
        #expect(rate.admit(1, now: 0) == 60, "the one used last stays")
        rate.giveBack(1)
        #expect(rate.admit(1, now: 0) == nil && rate.admit(1, now: 0) == 60)
        rate.giveBack(9)
        #expect(rate.count == 3)
    }
}
