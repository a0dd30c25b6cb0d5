import NIOCore
import Testing

@testable import WeChatStandIn

@Suite("The stand-in's access tokens")
struct AccessTokenBookTests {
    private static let start = NIODeadline.uptimeNanoseconds(1_000_000_000_000_000)

    private struct Bench {
        var book = AccessTokenBook()
        var now = AccessTokenBookTests.start
        var random = SystemRandomNumberGenerator()

        mutating func token(of appID: String = "wx1", force: Bool = false) -> (text: String, expiresIn: Int64) {
            book.token(of: appID, isForced: force, now: now, using: &random)
        }

        func error(of text: String) -> WeChatError? {
            if case .failure(let error) = book.owner(of: text, now: now) { error } else { nil }
        }
    }

    @Test("the same until its last five minutes, then another beside it")
    func normal() throws {
        var bench = Bench()
        let first = bench.token()
        #expect(first.expiresIn == 7200 && first.text.utf8.count == 136)
        bench.now = Self.start + .seconds(6899)
        #expect(bench.token() == (first.text, 301))
        bench.now = Self.start + .seconds(6900)
        let second = bench.token()
        #expect(second.text != first.text && second.expiresIn == 7200)
        #expect(bench.error(of: first.text) == nil && bench.error(of: second.text) == nil)
        bench.now = Self.start + .seconds(7200)
        #expect(bench.error(of: first.text) == .accessTokenExpired)
        #expect(bench.token().text == second.text)
    }

    @Test("force ends the one before, not within 30 s and 20 times a day")
    func force() {
        var bench = Bench()
        let first = bench.token()
        let second = bench.token(force: true)
        #expect(second.text != first.text)
        #expect(bench.error(of: first.text) == .invalidCredential)
        bench.now = Self.start + .seconds(29)
        #expect(bench.token(force: true).text == second.text)
        var texts: Set<String> = [second.text]
        for step in 1...60 {
            bench.now = Self.start + .seconds(Int64(step) * 30)
            texts.insert(bench.token(force: true).text)
        }
        #expect(texts.count == 20)
    }

    @Test("apps have tokens of their own; all can be ended at once; a shorter life has a shorter end")
    func apps() throws {
        var bench = Bench()
        let (first, other) = (bench.token(), bench.token(of: "wx2"))
        #expect(first.text != other.text)
        #expect(try bench.book.owner(of: other.text, now: bench.now).get() == "wx2")
        bench.book.expireAll(now: bench.now)
        #expect(bench.error(of: first.text) == .accessTokenExpired)
        #expect(bench.error(of: "nobody's") == .invalidCredential)
        bench.book.lifetime = .seconds(24)
        let short = bench.token()
        #expect(short.text != first.text && short.expiresIn == 24)
        bench.now = Self.start + .milliseconds(22_999)
        #expect(bench.token().text == short.text)
        bench.now = Self.start + .seconds(23)
        #expect(bench.token().text != short.text)
    }
}

@Suite("The stand-in's users")
struct UserBookTests {
    @Test("the newest login's key counts, per app, and the first users are forgotten")
    func keys() {
        var book = UserBook()
        book.note(openid: "o1", appID: "wx1", sessionKey: "a", unionid: nil)
        book.note(openid: "o1", appID: "wx2", sessionKey: "b", unionid: "u")
        book.note(openid: "o1", appID: "wx1", sessionKey: "c", unionid: "u")
        #expect(
            book.sessionKey(openid: "o1", appID: "wx1") == "c" && book.sessionKey(openid: "o1", appID: "wx2") == "b"
        )
        #expect(book.latestApp(of: "o1") == "wx1" && book.unionid(of: "o1") == "u" && book.latestApp(of: "o2") == nil)
        for number in 0..<250_000 { book.note(openid: "n\(number)", appID: "wx1", sessionKey: "k", unionid: nil) }
        #expect(book.latestApp(of: "o1") == nil && book.latestApp(of: "n149999") == nil)
        #expect(book.latestApp(of: "n150000") == "wx1" && book.latestApp(of: "n249999") == "wx1")
    }
}
