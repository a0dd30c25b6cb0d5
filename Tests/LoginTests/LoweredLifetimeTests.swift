import Login
import ScriptedServer
import Sessions
import Testing

@Suite("A token lifetime that was lowered", .timeLimit(.minutes(5)))
struct LoweredLifetimeTests {
    static let lifetimes: [(lifetime: Int64, remembered: Int64)] = [
        (60, day), (7200, day), (day, day), (7 * day, 7 * day),
    ]

    @Test(
        "what ends is remembered for as long as tokens of before may live: a day, or the lifetime where it is longer",
        arguments: lifetimes
    )
    func memory(_ lifetime: Int64, _ remembered: Int64) async throws {
        let house = try LoginHouse({ parts, _ in parts.tokenLifetime = lifetime }) { _ in .answer(success) }
        let holder = try await house.holder()
        _ = await house.call(.updateUser, holder, #"{"nickname":"n"}"#)
        _ = await house.call(.logout, holder)
        _ = await house.admin(.endSession("another"))
        let untils = house.workers.changes.map(\.until)
        #expect(untils.count >= 3 && untils.allSatisfy { $0 == now + remembered + 60 })
    }
}
