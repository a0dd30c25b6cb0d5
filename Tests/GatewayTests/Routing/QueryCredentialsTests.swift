import RandomJSON
import Testing

@testable import Gateway

@Suite("Token and code in a query")
struct QueryCredentialsTests {
    private struct Found: Equatable {
        var token: String?
        var code: String?
        var appID: String?
        var rest: String

        init(_ query: String) {
            let bytes = Array(query.utf8)
            let found = QueryCredentials(bytes.span)
            token = found.token.map { String(decoding: $0, as: UTF8.self) }
            code = found.code.map { String(decoding: $0, as: UTF8.self) }
            appID = found.appID.map { String(decoding: $0, as: UTF8.self) }
            rest = String(decoding: found.rest, as: UTF8.self)
        }

        init(token: String? = nil, code: String? = nil, appID: String? = nil, rest: String) {
            self.token = token
            self.code = code
            self.appID = appID
            self.rest = rest
        }
    }

    @Test("are found and taken out, the rest stays as it came")
    func found() {
        #expect(
            Found("appid=wx1&token=a.b-c_d&timestamp=1&path=%2Fp&query=&scene=1001")
                == Found(token: "a.b-c_d", appID: "wx1", rest: "appid=wx1&timestamp=1&path=%2Fp&query=&scene=1001")
        )
        #expect(Found("code=081&appid=wx1") == Found(code: "081", appID: "wx1", rest: "appid=wx1"))
        #expect(Found("a=1&code=x") == Found(code: "x", rest: "a=1"))
        #expect(Found("token=x") == Found(token: "x", rest: ""))
        #expect(Found("a=1&&b=2") == Found(rest: "a=1&&b=2"))
    }

    @Test("are decoded, however the client spelt them")
    func decoded() {
        #expect(Found("%74oken=a%2Eb%2ec") == Found(token: "a.b.c", rest: ""))
        #expect(Found("%63%6f%64%65=1%2B1+1") == Found(code: "1+1+1", rest: ""))
    }

    @Test("other names are left alone", arguments: ["tokens=1", "TOKEN=1", "a=token", "codex=1", "=token", "c%6=1"])
    func others(_ query: String) {
        #expect(Found(query) == Found(rest: query))
    }

    @Test("an empty one is none, but goes too")
    func empty() {
        #expect(Found("token=&code&a=1") == Found(rest: "a=1"))
    }

    @Test("of a name that comes twice nothing is believed", arguments: ["token=a&token=b", "token=a&%74oken=a"])
    func twice(_ query: String) {
        let found = Found(query)
        #expect(found.rest == "")
        #expect(found.token != nil && found.token != "a" && found.token != "b")
        #expect(Found("appid=a&appid=b&code=1").appID == nil)
    }

    @Test("a broken escape makes a value that nobody takes")
    func broken() {
        #expect(Found("token=a%2") == Found(token: "%", rest: ""))
        #expect(Found("code=%zz&a=%zz") == Found(code: "%", rest: "a=%zz"))
    }

    @Test("whatever comes: nothing named token or code is left, and nothing else is lost")
    func random() {
        var random = SeededGenerator()
        let pieces = ["token", "code", "appid", "%74oken", "a", "=", "&", "%", "%2", "%26", "x", "&&", ""]
        for _ in 0..<5000 {
            let query = (0..<Int.random(in: 0..<10, using: &random)).map { _ in
                pieces.randomElement(using: &random) ?? ""
            }.joined()
            let bytes = Array(query.utf8)
            let found = QueryCredentials(bytes.span)
            let kept = query.split(separator: "&", omittingEmptySubsequences: false).filter { part in
                let name = part.prefix { $0 != "=" }
                return !["token", "code", "%74oken"].contains(String(name))
            }
            #expect(String(decoding: found.rest, as: UTF8.self) == kept.joined(separator: "&"))
            #expect(found.rest.count <= bytes.count)
        }
    }
}
