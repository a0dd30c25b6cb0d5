import Dispatch
import Login
import NIOConcurrencyHelpers
import ScriptedServer
import Testing

@Suite("One exchange per code", .timeLimit(.minutes(1)))
struct SingleFlightTests {
    @Test("those who come while it runs share it; counted at WeChat")
    func shared() async throws {
        let gate = DispatchSemaphore(value: 0)
        let house = try LoginHouse { _ in
            gate.wait()
            return .answer(success)
        }
        let answers = await withTaskGroup(of: Answer.self) { group in
            group.addTask { await house.login() }
            _ = await house.server.wait { $0.requests.count == 1 }
            // The exchange cannot end before the gate opens, and to join it takes no thread but the caller's.
            let joined = Answers()
            for _ in 0..<49 {
                house.endpoints.login(body: Array(#"{"code":"c1"}"#.utf8)) { joined.put(Answer(reply: $0, userID: $1)) }
            }
            gate.signal()
            let first = await group.reduce(into: []) { $0.append($1) }
            return first + joined.all
        }
        #expect(answers.count == 50)
        #expect(answers.allSatisfy { $0.reply == answers[0].reply && $0.data != nil })
        #expect(house.server.requests.count == 1)
        #expect(house.minter.subjects.count == 1)
        #expect(house.events.map(\.requests) == [50])
    }

    @Test("a refusal is shared too, and remembered: the next with the code does not ask again")
    func sharedFailure() async throws {
        let gate = DispatchSemaphore(value: 0)
        let house = try LoginHouse { _ in
            gate.wait()
            return .answer(errcode(40163))
        }
        async let first = house.login()
        _ = await house.server.wait { $0.requests.count == 1 }
        async let second = house.login()
        gate.signal()
        #expect(await [first.failure, second.failure] == [.codeUsed, .codeUsed])
        #expect(await house.login().failure == .codeUsed)
        #expect(house.server.requests.count == 1)
    }

    @Test("another code, or another app, is another exchange")
    func apart() async throws {
        let house = try LoginHouse(apps: ["wx1", "wx2"]) { _ in .answer(success) }
        await withTaskGroup(of: Void.self) { group in
            for (code, app) in [("c1", "wx1"), ("c2", "wx1"), ("c1", "wx2")] {
                group.addTask { #expect(await house.login(#"{"code":"\#(code)","appId":"\#(app)"}"#).data != nil) }
            }
        }
        #expect(house.server.requests.count == 3)
    }

    @Test("more than 100 with one code are refused")
    func bounded() async throws {
        let gate = DispatchSemaphore(value: 0)
        let house = try LoginHouse { _ in
            gate.wait()
            return .answer(success)
        }
        let answers = Answers()
        for _ in 0..<103 {
            house.endpoints.login(body: Array(#"{"code":"c1"}"#.utf8)) { answers.put(Answer(reply: $0, userID: $1)) }
        }
        #expect(answers.all.map(\.failure) == [.overloaded, .overloaded, .overloaded])
        _ = await house.server.wait { $0.requests.count == 1 }
        gate.signal()
        while house.events.isEmpty { await Task.yield() }
        #expect(house.events.first?.requests == 100)
    }
}

private final class Answers: Sendable {
    private let list = NIOLockedValueBox<[Answer]>([])
    var all: [Answer] { list.withLockedValue { $0 } }
    func put(_ answer: Answer) { list.withLockedValue { $0.append(answer) } }
}
