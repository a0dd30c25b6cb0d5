import Dispatch
import Login
import ScriptedServer
import Testing

@Suite("One exchange per code", .timeLimit(.minutes(5)))
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
            let joined = Collected<Answer>()
            for _ in 0..<49 { house.begin(#"{"code":"c1"}"#, joined) }
            gate.signal()
            let first = await group.reduce(into: []) { $0.append($1) }
            return first + (await joined.wait(for: 49))
        }
        #expect(answers.count == 50)
        #expect(answers.allSatisfy { $0.text == answers[0].text && $0.text != nil })
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
        let answers = Collected<Answer>()
        for _ in 0..<103 { house.begin(#"{"code":"c1"}"#, answers) }
        #expect(answers.all.map(\.failure) == [.overloaded, .overloaded, .overloaded])
        _ = await house.server.wait { $0.requests.count == 1 }
        gate.signal()
        while house.events.isEmpty { await Task.yield() }
        #expect(house.events.first?.requests == 100)
    }

    @Test("ten codes at once give ten tokens of one user")
    func tenCodes() async throws {
        let house = try LoginHouse { _ in .answer(success) }
        let answers = Collected<Answer>()
        for number in 0..<10 { house.begin(#"{"code":"c\#(number)"}"#, answers) }
        let tokens = await answers.wait(for: 10).compactMap(\.token)
        #expect(Set(tokens).count == 10)
        #expect(Set(house.minter.subjects.map(\.userID)).count == 1)
        #expect(Set(house.minter.subjects.map(\.sessionID)).count == 10)
    }

    @Test("who lost the answer gets it again for ten seconds, as long as the session is there")
    func lostAnswer() async throws {
        let house = try LoginHouse { _ in .answer(success) }
        let first = await house.login()
        house.clock.advance(9)
        #expect(await house.login().text == first.text)
        house.clock.advance(1)
        #expect(await house.login().failure == .codeUsed)
        #expect(house.server.requests.count == 1 && house.minter.subjects.count == 1)
    }

    @Test("after the logout the code is used", arguments: [false, true])
    func afterLogout(elsewhere: Bool) async throws {
        let store = MemoryStore()
        let house = try LoginHouse(store: store) { _ in .answer(success) }
        let other = try LoginHouse(store: store) { _ in .hang }
        #expect(await house.login().data != nil)
        let holder = SessionHolder(try #require(house.minter.subjects.first))
        #expect(await (elsewhere ? other : house).call(.logout, holder).data != nil)
        #expect(await house.login().failure == .codeUsed)
        #expect(house.server.requests.count == 1)
    }

    @Test("a user who is blocked meanwhile gets no login of before")
    func blocked() async throws {
        let house = try LoginHouse { _ in .answer(success) }
        let userID = try #require(await house.login().userID)
        #expect(await house.admin(.block(userID: userID)).data != nil)
        #expect(await house.login().failure == .userBlocked)
        #expect(await house.login(#"{"code":"c2"}"#).failure == .userBlocked)
        #expect(await house.admin(.unblock(userID: userID)).data != nil)
        #expect(await house.login().data != nil)
    }

    @Test("a login in place shares the exchange of the same code, and is refused in the same terms")
    func inPlace() async throws {
        let house = try LoginHouse(apps: ["wx1", "wx2"]) { request in
            .answer(request.target.contains("js_code=good") ? success : errcode(40029))
        }
        let login = await house.login(#"{"code":"good","appId":"wx1"}"#)
        let inPlace = try await house.inPlace("good", appID: "wx1").get()
        #expect(inPlace.token == login.token && inPlace.userID == login.userID && inPlace.expiresIn == 7200)
        #expect(house.server.requests.count == 1)
        #expect("\(inPlace)".contains(inPlace.token) == false)
        #expect(await house.inPlace("bad", appID: "wx1").failure == .login(.codeInvalid(mock: false)))
        #expect(await house.inPlace("a b", appID: "wx1").failure == .login(.codeInvalid(mock: false)))
        for appID in [nil, "wx3"] {
            guard case .badRequest = await house.inPlace("good", appID: appID).failure else {
                Issue.record("no bad request")
                continue
            }
        }
    }
}

extension Result {
    fileprivate var failure: Failure? {
        if case .failure(let failure) = self { failure } else { nil }
    }
}
