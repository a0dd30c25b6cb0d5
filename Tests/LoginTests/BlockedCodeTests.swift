import ScriptedServer
import Testing

@testable import Login

@Suite("The code of a user whom an operator blocks", .timeLimit(.minutes(5)))
struct BlockedCodeTests {
    @Test("who comes again with it is told of the block, not of the code, and WeChat is not asked again")
    func again() async throws {
        let house = try LoginHouse { _ in .answer(success) }
        let holder = try await house.holder()
        _ = await house.admin(.block(userID: holder.userID))
        for _ in 0..<3 { #expect(await house.login(#"{"code":"c"}"#).failure == .userBlocked) }
        #expect(house.server.requests.count == 2)
    }

    @Test("what is left of a failure: itself, the code used, or nothing")
    func rememberedFailure() {
        #expect(LoginFailure(remembering: .userBlocked, codeWasSent: true) == .userBlocked)
        #expect(LoginFailure(remembering: .userBlocked, codeWasSent: false) == nil)
        #expect(LoginFailure(remembering: .storeUnavailable, codeWasSent: true) == .codeUsed)
        #expect(LoginFailure(remembering: .codeInvalid(mock: false), codeWasSent: false) == .codeInvalid(mock: false))
    }
}
