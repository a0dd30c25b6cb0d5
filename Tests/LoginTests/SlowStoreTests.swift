import Login
import ScriptedServer
import Testing

@Suite("A store that is slow", .timeLimit(.minutes(5)))
struct SlowStoreTests {
    @Test("no more logins than exchanges are between WeChat and the store; the others keep their codes")
    func holdsBack() async throws {
        let store = MemoryStore()
        let house = try LoginHouse(
            store: store,
            { parts, _ in (parts.limits.exchanges, parts.limits.waitingExchanges) = (2, 3) }
        ) { _ in .answer(success) }
        store.hold(.record)
        let answers = Collected<Answer>()
        for number in 0..<7 { house.begin(#"{"code":"c\#(number)"}"#, answers) }
        while store.waiting(.record) < 2 { await Task.yield() }
        #expect(await answers.wait(for: 2).allSatisfy { $0.failure == .overloaded })
        #expect(house.server.requests.count == 2)
        #expect(await house.admin(.counters).text?.contains(#""exchangesInFlight":2,"exchangesWaiting":3"#) == true)
        store.release(.record)
        #expect(await answers.wait(for: 7).filter { $0.data != nil }.count == 5)
        #expect(house.server.requests.count == 5)
    }

    @Test("an answer of WeChat counts at once, before it is recorded")
    func settled() async throws {
        let store = MemoryStore()
        let house = try LoginHouse(store: store) { .answer($0.number <= 10 ? http("<html>") : success) }
        for number in 0..<10 { _ = await house.login(#"{"code":"c\#(number)"}"#) }
        house.clock.advance(5)
        store.hold(.record)
        let answers = Collected<Answer>()
        house.begin(#"{"code":"probe"}"#, answers)
        while store.waiting(.record) < 1 { await Task.yield() }
        #expect(await house.admin(.counters).text?.contains(#""breaker":"closed""#) == true)
        store.release(.record)
        #expect(await answers.wait(for: 1).first?.data != nil)
    }
}
