import Foundation
import JSON
import Login
import ScriptedServer
import Sessions
import Testing

@Suite("On the embedded store", .timeLimit(.minutes(5)))
struct EmbeddedStoreTests {
    private func house(_ configure: (inout LoginDependencies) -> Void = { _ in }) throws -> LoginHouse {
        try LoginHouse(apps: [OfficialVector.appID], onDisk: true, { parts, _ in configure(&parts) }) { _ in
            .answer(OfficialVector.login())
        }
    }

    private func phone(_ number: String) throws -> String {
        try phoneData(number, appID: OfficialVector.appID)
    }

    @Test("a user's life: profile, phone number, renewal, logout, erasure")
    func life() async throws {
        let house = try house { $0.renewBefore = 1200 }
        let holder = try await house.holder(code: "c1", appID: OfficialVector.appID)
        let user = await house.call(.updateUser, holder, OfficialVector.body())
        #expect(user.data?["authStep"]?.integer == 2 && user.data?["userInfo"]?["hasUnionId"]?.bool == true)
        let phone = await house.call(.updatePhone, holder, try phone("13912345678"))
        #expect(phone.data?["authStep"]?.integer == 3)
        #expect(phone.data?["userInfo"]?["phone"]?.string == "139****5678")
        #expect(await house.phone(of: holder) == .success("13912345678"))
        #expect(house.workers.changes.contains { $0.kind == .userKnown(holder.user, [.profile, .phone]) })
        #expect(await house.call(.unbindPhone, holder).data?["authStep"]?.integer == 2)
        let renewed = try #require(await house.renew(holder))
        #expect(await house.renew(holder) == renewed)
        #expect(await house.call(.logout, holder).text == "{}")
        #expect(await house.call(.session, holder).failure == .sessionUnknown)
        let again = try await house.holder(code: "c2", appID: OfficialVector.appID)
        #expect(await house.call(.session, again).data?["authStep"]?.integer == 2)
        #expect(await house.call(.eraseUser, again).text == "{}")
        let anew = try await house.holder(code: "c3", appID: OfficialVector.appID)
        #expect(await house.call(.session, anew).data?["authStep"]?.integer == 1)
        for file in house.files { #expect(file.range(of: Data("13912345678".utf8)) == nil) }
    }

    @Test("the same code after a logout is used, and a blocked user does not get in")
    func endings() async throws {
        let house = try house()
        let first = await house.login()
        #expect(await house.login().text == first.text)
        let holder = SessionHolder(try #require(house.minter.subjects.first))
        #expect(await house.call(.logout, holder).text == "{}")
        #expect(await house.login().failure == .codeUsed)
        #expect(await house.admin(.block(userID: holder.userID)).text == "{}")
        #expect(await house.login(#"{"code":"c2"}"#).failure == .userBlocked)
        #expect(await house.admin(.unblock(userID: holder.userID)).text == "{}")
        #expect(await house.login(#"{"code":"c3"}"#).data != nil)
        #expect(await house.admin(.endSessions(userID: holder.userID)).data?["ended"]?.integer == 1)
    }

    @Test("users who are imported keep their ids, and a token for one who logged in elsewhere has a session")
    func imported() async throws {
        let house = try house()
        let store = house.store
        let users = [
            ImportedUser(
                user: UserKey(appID: OfficialVector.appID, openid: OfficialVector.openid),
                userID: "old-7",
                unionid: nil
            )
        ]
        await withCheckedContinuation { continuation in
            store.importUsers(users) { _ in continuation.resume() }
        }
        #expect(try await house.holder(appID: OfficialVector.appID).userID == "old-7")
        #expect(await house.admin(.mintToken, #"{"userId":"app-user-7"}"#).userID == "app-user-7")
        let elsewhere = SessionHolder(try #require(house.minter.subjects.last))
        #expect(await house.call(.session, elsewhere).userID == "app-user-7")
        #expect(await house.call(.updateUser, elsewhere, #"{"nickname":"n"}"#).data?["authStep"]?.integer == 2)
    }
}
